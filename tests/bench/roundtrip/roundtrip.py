"""The share round trip over this hub, beside the secure floor: rate, latency, the server's CPU and memory.

    python tests/bench/roundtrip/roundtrip.py [--peers FOLDER] [--seconds 4] [--rounds 3] [--at 1,32]

One round trip: the sender seals and signs 4 KB and posts it; the recipient, who watches the mailbox, fetches,
verifies, opens and posts a signed receipt; the sender fetches and verifies that. Every acceptance is durable.
Closed loop, `c` pairs at once. `--peers` is the folder that holds `srt/relay.py` (default `../shared/peers`
beside this checkout): its `sqlite_audit` is the floor. Everything is interleaved; the last lines give medians
of the ratios within each round, since figures drift from minute to minute on a shared machine.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from agencies import Line, Party, hub
from letters import Composite, Letters, Plain

CHECKOUT = Path(__file__).resolve().parents[3]
KINDS: dict[str, Letters] = {"ed25519": Plain(), "cx1": Composite()}
Figures = dict[str, Any]


async def one(line: Line, letters: Letters, sender: Party, recipient: Party) -> float:
    """Make one round trip; its seconds."""
    began = time.perf_counter()
    envelope, message = letters.share(sender, recipient)
    await line.post(sender, envelope)
    (mail,) = await line.read(recipient)
    assert letters.opened(recipient, sender, mail.data) == message
    await line.post(recipient, letters.receipt(recipient, sender, message))
    (mail,) = await line.read(sender)
    letters.check(sender, recipient, mail.data, message)
    return time.perf_counter() - began


async def load(line: Line, letters: Letters, pairs: list[tuple[Party, Party]], seconds: float) -> list[float]:
    """Let every pair make round trips, one after the other, for `seconds`; all their latencies, sorted."""
    end, found = time.perf_counter() + seconds, []

    async def work(sender: Party, recipient: Party) -> None:
        while time.perf_counter() < end:
            found.append(await one(line, letters, sender, recipient))

    await asyncio.gather(*(work(*pair) for pair in pairs))
    return sorted(found)


def cpu(process: psutil.Process) -> float:
    """Give the CPU seconds that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


async def measure(
    line: Line, letters: Letters, pairs: list[tuple[Party, Party]], server: psutil.Process, seconds: float
) -> Figures:
    """Warm up, then measure."""
    for _ in range(2):
        await asyncio.gather(*(one(line, letters, *pair) for pair in pairs))
    before, own, began = cpu(server), time.process_time(), time.perf_counter()
    found = await load(line, letters, pairs, seconds)
    elapsed, count = time.perf_counter() - began, len(found)
    return {
        "c": len(pairs),
        "n": count,
        "rate": count / elapsed,
        "p50": found[count // 2] * 1e3,
        "p99": found[min(count - 1, int(count * 0.99))] * 1e3,
        "server_ms": (cpu(server) - before) / count * 1e3,
        "client_ms": (time.process_time() - own) / count * 1e3,
        "pss_mb": server.memory_full_info().pss / 1e6,
    }


def floor(peers: Path, at: list[int], seconds: float, folder: str) -> dict[int, Figures]:
    """Run the secure floor once at each concurrency."""
    command = [sys.executable, str(peers / "srt" / "relay.py"), "sqlite_audit"]
    command += [",".join(map(str, at)), str(seconds), "1"]
    said = subprocess.run(
        command, env=os.environ | {"PEERS_RUN": folder}, check=True, capture_output=True, text=True
    ).stdout
    figures = {}
    for row in (json.loads(text) for text in said.splitlines()):
        if "conc" in row:
            figures[row["conc"]] = {
                "c": row["conc"],
                "n": row["n"],
                "rate": row["rt_s"],
                "p50": row["p50"],
                "p99": row["p99"],
                "server_ms": row["srv_cpu_ms"],
                "client_ms": row["cli_cpu_ms"],
                "pss_mb": row["srv_pss_mb"],
            }
    return figures


def show(kind: str, figures: Figures) -> None:
    """Print one line of figures."""
    print(
        f"{kind:8} c={figures['c']:<3} {figures['rate']:7.1f} rt/s  p50 {figures['p50']:6.2f}  p99 {figures['p99']:6.2f} ms"
        f"  server {figures['server_ms']:5.2f}  client {figures['client_ms']:5.2f} ms/rt  {figures['pss_mb']:.0f} MB",
        flush=True,
    )


async def compare(arguments: argparse.Namespace) -> None:
    """Interleave the floor and both kinds, and print their ratios."""
    at = [int(number) for number in arguments.at.split(",")]
    pairs = [(Party(f"sender-{n}"), Party(f"recipient-{n}")) for n in range(max(at))]
    ratios: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "hub"
        async with hub(home, [party for pair in pairs for party in pair]) as (line, process):
            server = psutil.Process(process.pid)
            for _ in range(arguments.rounds):
                base = await asyncio.to_thread(floor, arguments.peers, at, arguments.seconds, folder)
                for c in at:
                    show("floor", base[c])
                for kind in arguments.kinds.split(","):
                    for c in at:
                        found = await measure(line, KINDS[kind], pairs[:c], server, arguments.seconds)
                        show(kind, found)
                        ratios.setdefault((kind, c), []).append(
                            (
                                found["server_ms"] / base[c]["server_ms"],
                                found["rate"] / base[c]["rate"],
                                found["p99"] / found["p50"],
                            )
                        )
    for (kind, c), rows in ratios.items():
        server, rate, tail = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{kind} c={c}: server CPU {server:.2f} x floor, rate {rate:.2f} x floor, p99 {tail:.2f} x p50")


def main() -> None:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=Path, default=CHECKOUT.parent / "shared" / "peers")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at", default="1,32")
    parser.add_argument("--kinds", default="ed25519,cx1")
    arguments = parser.parse_args()
    if not (arguments.peers / "srt" / "relay.py").is_file():
        sys.exit(f"the secure floor is not in {arguments.peers}: say --peers FOLDER")
    if importlib.util.find_spec("uvloop"):  # as the floor's clients do
        import uvloop

        uvloop.install()
    asyncio.run(compare(arguments))


if __name__ == "__main__":
    main()
