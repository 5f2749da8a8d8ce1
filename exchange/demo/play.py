"""From nothing to four cases told: found, start, play, check, verify.

Promises: whatever happens, every process is stopped and a folder of our own making is removed; `play` answers
True only if the desks themselves confirm each ending and every certificate verifies offline.
Never: it believes what it printed.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from exchange.demo.cast import QUORUM, agree, found_all
from exchange.demo.curtain import curtain
from exchange.demo.processes import HOST, Troupe
from exchange.demo.stage import Stage, StoryWentWrong
from exchange.demo.stories import (
    consistent_with,
    no_further_action,
    protected_address,
    refused_then_shared,
)
from exchange.desk.cli.running import set_up
from exchange.desk.cli.say import line
from exchange.evidence.verify import verify
from exchange.hub.config import HubConfig
from exchange.hub.service import admit, found
from keys.ceremony.policy import read_policy
from keys.errors import Problem
from keys.files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from exchange.demo.cast import Agency
    from exchange.demo.stage import Closure, Player
    from exchange.evidence.verify import Verified
    from keys.transparency.policy import Policy

STORIES: Final[tuple[Callable[[Stage], None], ...]] = (
    consistent_with.play,
    no_further_action.play,
    protected_address.play,
    refused_then_shared.play,
)
_DESK_PROBE: Final = "/api/v1/openapi.json"
_HUB_PROBE: Final = "/v1/openapi.json"


def play(folder: Path, *, stay: bool) -> bool:
    """Play everything in `folder`; with `stay`, leave it running until it is interrupted."""
    began = time.monotonic()
    line("READBACK: four cases, eight agencies, one hub that cannot read.", bold=True)
    line("People, places and events are invented. Everything runs on this machine alone.")
    line()
    make_private_folder(folder / "logs")
    make_private_folder(folder / "certificates")
    with _step("Founding eight agencies, with keys for their people"):
        agencies = found_all(folder)
    with Troupe(folder / "logs") as troupe:
        stage = _open_stage(folder, agencies, troupe)
        for story in STORIES:
            story(stage)
        confirmed = _confirm(stage)
        verified = _certify(stage)
        line()
        line(f"Told in {time.monotonic() - began:.0f} seconds.")
        if stay and confirmed and verified:
            with contextlib.suppress(KeyboardInterrupt):
                curtain(stage)
                stage.troupe.watch()
            _stop_in_peace()
    return confirmed and verified


def _open_stage(folder: Path, agencies: tuple[Agency, ...], troupe: Troupe) -> Stage:
    """Start a hub and four desk processes, and wait until everybody can be written to."""
    hub_port, *desk_ports = troupe.hold_ports(1 + len(agencies))
    ports = {agency.plan.id: port for agency, port in zip(agencies, desk_ports, strict=True)}
    hub = folder / "hub"
    address = f"http://{HOST}:{hub_port}"
    with _step("Starting a hub and four desk processes, each for two agencies"):
        agree(agencies, found(hub, address=address, host=HOST, port=hub_port, witnesses_wanted=QUORUM))
        asyncio.run(_admit_all(HubConfig.read(hub), agencies))
        troupe.start("hub", ["hub", "serve", str(hub)], ((hub_port, _HUB_PROBE),))
        troupe.wait_until_up()
        for number in sorted({agency.plan.desk for agency in agencies}):
            hosted = [agency for agency in agencies if agency.plan.desk == number]
            for agency in hosted:
                set_up(agency.home, address, HOST, ports[agency.plan.id])
            homes = [str(agency.home) for agency in hosted]
            probes = tuple((ports[agency.plan.id], _DESK_PROBE) for agency in hosted)
            troupe.start(f"desk-{number}", ["desk", "serve", *homes], probes)
        troupe.wait_until_up()
    stage = Stage(folder, agencies, ports, troupe)
    with _step("Exchanging rosters through the hub, sealed from it"):
        _meet(stage)
    return stage


async def _admit_all(config: HubConfig, agencies: tuple[Agency, ...]) -> None:
    for agency in agencies:
        await admit(config, agency.plan.id, agency.root)


def _meet(stage: Stage) -> None:
    """Wait until every desk knows everybody of every agency."""
    everybody = sum(len(agency.plan.people) + len(agency.plan.roles) for agency in stage.agencies)
    for agency in stage.agencies:
        one = stage.player(agency.plan.id, agency.plan.lead)
        stage.until(f"{one.agency} knows everybody", partial(_knows, one, everybody))


def _knows(who: Player, everybody: int) -> bool | None:
    return True if len(who.at.whom("")) >= everybody else None


def _confirm(stage: Stage) -> bool:
    """Ask every desk, once more, how it ended."""
    line()
    line("What the desks themselves say", bold=True)
    wrong = [ending for ending in stage.endings if not ending.holds()]
    for ending in wrong:
        line(f"! Case {ending.case}: it is not so that {ending.what}.", indent=2, hang=4)
    line(
        f"{len(stage.endings) - len(wrong)} of {len(stage.endings)} endings confirmed; each side was asked.",
        indent=2,
    )
    return not wrong


def _certify(stage: Stage) -> bool:
    """Fetch a certificate of every closed leg from both sides; verify each offline, by the pinned policy."""
    line()
    line("Certificates of closure, one from each side, verified offline", bold=True)
    good = bool(stage.closures)
    for closure in stage.closures:
        policy = read_policy(stage.agencies[0].home)
        shown = [_verified(stage, closure, side, policy) for side in closure.sides]
        good = good and None not in shown
        for one in shown[:1]:
            signers = " and ".join(signer.name for signer in one.signers) if one else "nobody"
            version = one.leg.version_number if one else 0
            line(
                f"Case {closure.case[0]}, version {version}, signed by {signers}: {len(shown)} copies",
                indent=2,
            )
    return good


def _verified(stage: Stage, closure: Closure, side: Player, policy: Policy) -> Verified | None:
    name = f"{closure.case}.leg-{closure.leg}.{side.name.split()[-1].lower()}.json"
    place = stage.folder / "certificates" / name
    place.write_bytes(side.at.certificate(closure.thread, closure.leg, words=False))
    try:
        return verify(place.read_bytes(), policy)
    except Problem as problem:
        line(f"! {name}: {problem}", indent=2, hang=4)
        return None


def _stop_in_peace() -> None:
    """Take no further interruption: the story is told, and what is left is to stop, which ends by itself.

    A second Ctrl-C, or the same one passed on by a shell or by make, would otherwise make it a failure.
    """
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    line()
    line("Stopping.")


@contextlib.contextmanager
def _step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    sys.stdout.write(f"{what} ... ")
    sys.stdout.flush()
    began = time.monotonic()
    yield
    sys.stdout.write(f"{time.monotonic() - began:.1f} s\n")
    sys.stdout.flush()


def interrupt_on_terminate() -> None:
    """Let a polite request to end be the same as Ctrl-C, so that every process is stopped."""

    def interrupted(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)


__all__ = ["StoryWentWrong", "interrupt_on_terminate", "play"]
