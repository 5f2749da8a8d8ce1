"""The routes about whoever is asking: proving again who one is, one's own sign-ins, another passphrase.

Promises: as `handlers`; each shape stands beside the one route that has it.
Never: another person than the one who asks.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import StringConstraints

from exchange.desk.api.routes import BASE, Route
from exchange.desk.service.own_views import PasskeyView, SignInView
from exchange.desk.whence import source_of
from keys.record import Digest, Frozen, Id, Time, format_time

if TYPE_CHECKING:
    from exchange.desk.api.routes import Call


Typed = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Proof(Frozen):
    """The passphrase of whoever is signed in, once more."""

    passphrase: Typed


class Proved(Frozen):
    """Until when this proof is enough for what is signed in one's name."""

    until: Time


class SignInPath(Frozen):
    """Which of one's sign-ins, as the list names it."""

    session: Id


class SignIns(Frozen):
    """One's own sign-ins, newest first."""

    rows: tuple[SignInView, ...]


class PasskeyPath(Frozen):
    """Which of one's passkeys, as the list names it."""

    passkey: Digest


class PasskeyList(Frozen):
    """One's own passkeys, oldest first."""

    rows: tuple[PasskeyView, ...]


class Ended(Frozen):
    """How many sign-ins ended."""

    ended: int


class NewPassphrase(Frozen):
    """The present passphrase, and the one that shall open one's keys from now on."""

    passphrase: Typed
    new: Typed


async def sign_ins(call: Call) -> SignIns:
    """List where the asker is signed in."""
    return SignIns(rows=call.desk.sign_ins(call.session))


async def end_sign_in(call: Call) -> None:
    """End one of the asker's sign-ins."""
    call.desk.end_sign_in(call.session, call.path.session)


async def end_others(call: Call) -> Ended:
    """End all of the asker's sign-ins but this one."""
    return Ended(ended=call.desk.end_other_sign_ins(call.session))


async def passkeys(call: Call) -> PasskeyList:
    """List the asker's passkeys. One is added, and used, in a browser at the desk's own address alone."""
    return PasskeyList(rows=await call.desk.passkeys(call.session))


async def remove_passkey(call: Call) -> None:
    """Remove one of the asker's passkeys; it takes a proof."""
    await call.desk.remove_passkey(call.session, call.path.passkey)


async def change_passphrase(call: Call) -> None:
    """Put the asker's keys under another passphrase, which ends their other sign-ins."""
    source = source_of(call.request, call.desk.config.proxied)
    await call.desk.change_passphrase(call.token, call.body.passphrase, call.body.new, source=source)


async def prove(call: Call) -> Proved:
    """Prove again who one is, so that something can be signed in one's name."""
    source = source_of(call.request, call.desk.config.proxied)
    session = await call.desk.prove(call.token, call.body.passphrase, source=source)
    return Proved(until=format_time(session.proved + call.desk.config.proof))


MINE: Final[tuple[Route, ...]] = (
    Route("POST", f"{BASE}/session/proof", "prove", prove, body=Proof, answer=Proved),
    Route("GET", f"{BASE}/sessions", "signIns", sign_ins, answer=SignIns),
    Route("POST", f"{BASE}/sessions/end-others", "endOtherSignIns", end_others, answer=Ended),
    Route(
        "DELETE",
        f"{BASE}/sessions/{{session}}",
        "endSignIn",
        end_sign_in,
        path_model=SignInPath,
        status=HTTPStatus.NO_CONTENT,
    ),
    Route("GET", f"{BASE}/passkeys", "passkeys", passkeys, answer=PasskeyList),
    Route(
        "DELETE",
        f"{BASE}/passkeys/{{passkey}}",
        "removePasskey",
        remove_passkey,
        path_model=PasskeyPath,
        status=HTTPStatus.NO_CONTENT,
    ),
    Route(
        "POST",
        f"{BASE}/passphrase",
        "changePassphrase",
        change_passphrase,
        body=NewPassphrase,
        status=HTTPStatus.NO_CONTENT,
    ),
)
