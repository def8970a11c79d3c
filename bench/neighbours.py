"""A door of a good bank moves while another port is flooded with noise: what its event takes, beside the same in quiet.

The whole daemon on the sample station, every twin on its wire; the noise goes into one reader's wire and nowhere else.
"""

import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figure import Figure, percentile, table
from custodyd_simulators.running import Running, simulation

DEVICES = Path(__file__).parents[1] / "devices.toml"
PLACE, OFFENDER = "dossier-a/1", "reader-b"
NOISE_PER_S = 10_000  # bytes
MOVEMENTS, ROUNDS = 30, 2  # in each of the two, in turns
HEARD_S = 5.0
RECYCLED_GOAL_S = 10.0


@dataclass(slots=True)
class Listener:
    """What /v1/events tells: the door's movements, and when the offender went blind."""

    moved: asyncio.Queue[bool] = field(default_factory=asyncio.Queue[bool])
    blind: asyncio.Event = field(default_factory=asyncio.Event)
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, running: Running) -> None:
        """Until cancelled."""
        async with running.api.stream("GET", "/v1/events", timeout=None) as events:
            async for line in events.aiter_lines():
                if line.startswith("data: "):
                    self._take(json.loads(line[6:]))

    def _take(self, entry: dict[str, Any]) -> None:
        kind = entry["kind"]
        if entry.get("place") == PLACE and kind in ("door.opened", "door.closed"):
            self.moved.put_nowait(kind == "door.opened")
        elif entry.get("device") == OFFENDER and kind == "device.blind.began":
            self.blind.set()
        elif entry.get("device") == OFFENDER and kind == "device.blind.ended":
            self.seen.set()


async def _waits(running: Running, listener: Listener) -> list[float]:
    """Milliseconds of so many movements, at chance within the poll."""
    bank, door = running.station.door(PLACE)
    chance, found = random.Random(1), list[float]()
    for turn in range(MOVEMENTS):
        await asyncio.sleep(chance.uniform(0.1, 0.3))
        opens, began = turn % 2 == 0, time.perf_counter()
        (bank.open if opens else bank.shut)(door)
        async with asyncio.timeout(HEARD_S):
            while await listener.moved.get() is not opens:
                pass
        found.append((time.perf_counter() - began) * 1000)
    return found


@asynccontextmanager
async def _noise(running: Running) -> AsyncIterator[None]:
    noise = asyncio.create_task(_shout(running))
    try:
        yield
    finally:
        noise.cancel()
        await asyncio.gather(noise, return_exceptions=True)


async def _shout(running: Running) -> None:
    wire = running.station.wires[OFFENDER]
    began, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * NOISE_PER_S)
        wire.inject(os.urandom(due - sent))
        sent = due
        await asyncio.sleep(0.01)


@dataclass(slots=True)
class Found:
    """Milliseconds of movements in quiet and beside the noise; seconds until the offender was told blind and came."""

    quiet: list[float] = field(default_factory=list[float])
    noisy: list[float] = field(default_factory=list[float])
    blind_s: list[float] = field(default_factory=list[float])
    back_s: list[float] = field(default_factory=list[float])


async def _round(running: Running, listener: Listener, found: Found) -> None:
    found.quiet += await _waits(running, listener)
    listener.blind.clear()
    began = time.monotonic()
    async with _noise(running):
        blind = asyncio.create_task(_after(listener.blind, began))
        found.noisy += await _waits(running, listener)
        found.blind_s.append(await blind)
        listener.seen.clear()
    found.back_s.append(await _after(listener.seen, time.monotonic()))


async def _after(event: asyncio.Event, began: float) -> float:
    async with asyncio.timeout(60):
        await event.wait()
    return time.monotonic() - began


async def _measured(state: Path) -> Found:
    found, listener = Found(), Listener()
    async with simulation(DEVICES, state) as running:
        await running.ready()
        listening = asyncio.create_task(listener.listen(running))
        await asyncio.sleep(1)
        for _ in range(ROUNDS):
            await _round(running, listener, found)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return found


def rows() -> Iterator[str]:
    """The table."""
    state = Path(tempfile.mkdtemp(prefix="nb"))
    try:
        found = asyncio.run(_measured(state))
    finally:
        shutil.rmtree(state, ignore_errors=True)
    blind = max(found.blind_s)
    yield table(
        [
            _beside("median", found, 50),
            _beside("p99", found, 99),
            Figure(
                "noise → its own device recycled and told, longest",
                blind,
                "s",
                RECYCLED_GOAL_S,
                "the promise",
                goal=f"≤ {RECYCLED_GOAL_S:g} s",
                met=blind <= RECYCLED_GOAL_S,
            ),
            Figure("quiet → that device seen again, longest", max(found.back_s), "s"),
        ]
    )


def _beside(what: str, found: Found, part: float) -> Figure:
    noisy, quiet = percentile(found.noisy, part), percentile(found.quiet, part)
    return Figure(f"door → event beside the noise, {what}", noisy, "ms", quiet, "in quiet")


def main() -> int:
    """Print the table."""
    for row in rows():
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
