"""Every device of the kit's bench unplugged and plugged in again, many times, under the real supervisor."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.daemon.watch.support import Record, nothing, watching

from custodyd.settings import load
from custodyd.watch import Buses, Target
from custodyd_drivers.contract import Bus, Driver
from custodyd_simulators.kit import Bench, benches
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.command import SAMPLE

NOTICED_S, USABLE_S = 1.0, 2.0
LONGEST_S = 30.0  # beyond it a device counts as lost for ever
WORKS_S = 0.4  # at most so long at work before it is unplugged
AWAY_S = 0.4  # at most so long away, mostly
FORGOTTEN_S, FORGOTTEN = 5.0, 0.1  # and so long with this chance: by then the pauses between attempts have grown


@dataclass
class Row:
    """One device: seconds until its absence was entered, and until it was seen again."""

    device: str
    family: str
    noticed: list[float] = field(default_factory=list[float])
    usable: list[float] = field(default_factory=list[float])

    @property
    def good(self) -> bool:
        return max(self.noticed) <= NOTICED_S and max(self.usable) <= USABLE_S

    def __str__(self) -> str:
        return (
            f"{self.device:<14} {self.family:<13} {len(self.usable):>4} × "
            f"noticed {_told(self.noticed)} (≤ {NOTICED_S:g}) · usable {_told(self.usable)} (≤ {USABLE_S:g})"
        )


def _told(seconds: Sequence[float]) -> str:
    return f"median {statistics.median(seconds):.2f} worst {max(seconds):.2f} s"


def found() -> list[Bench]:
    """Everything that is plugged in: what hangs on the network has no plug."""
    return [bench for bench in benches(load(SAMPLE)) if _settings(bench, "host") is None]


def _settings(bench: Bench, key: str) -> Any:
    return getattr(bench.settings if bench.shared is None else bench.shared.settings, key, None)


def _target(stand: Stand) -> tuple[Target, Buses]:
    bench = stand.bench
    wire = "bus" if bench.shared is not None else None

    def make(bus: Bus | None) -> Driver:
        return stand.driver(bus)

    def bus() -> Bus:
        made = stand.bus()
        assert made is not None
        return made

    # an adapter of the machine is no path to look at: it is tried at least every two seconds
    path = str(stand.transport()["port"]) if _settings(bench, "port") else None
    target = Target(bench.name, bench.family.capability, make, nothing, nothing, nothing, wire, path)
    return target, Buses({wire: bus} if wire else {})


async def replugged(bench: Bench, where: Path, times: int, seed: int) -> Row:
    """Unplug and plug one device `times` times at random moments; raises TimeoutError when it is lost for ever."""
    chance, row = random.Random(f"{seed}/{bench.name}"), Row(bench.name, bench.family.name)
    stand = await asyncio.to_thread(bench.stand, where)
    target, buses = _target(stand)
    try:
        async with watching(target, buses=buses) as house:
            await house.record.until(bench.name, "device.identified", within=LONGEST_S)
            for _ in range(times):
                await asyncio.sleep(chance.uniform(0, WORKS_S))
                row.noticed.append(await _seen(house.record, bench, stand.wire.unplug, "device.blind.began"))
                await asyncio.sleep(chance.uniform(0, FORGOTTEN_S if chance.random() < FORGOTTEN else AWAY_S))
                row.usable.append(await _seen(house.record, bench, stand.wire.plug, "device.identified"))
    finally:
        await asyncio.to_thread(stand.wire.close)
    return row


async def _seen(record: Record, bench: Bench, motion: Callable[[], None], kind: str) -> float:
    """Seconds from the beginning of a motion of the hand to its entry."""
    began = time.monotonic()
    await asyncio.to_thread(motion)
    await record.until(bench.name, kind, within=LONGEST_S)
    return time.monotonic() - began


async def campaign(chosen: Iterable[Bench], where: Path, times: int, seed: int) -> list[Row]:
    """All devices side by side."""
    return await asyncio.gather(*(replugged(bench, where / bench.name, times, seed) for bench in chosen))
