"""Rows of the kit: all trials of one device side by side, then what they left behind; it prints nothing."""

import asyncio
import os
import random
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from custodyd_simulators.hands import PortTwin
from custodyd_simulators.kit import trials
from custodyd_simulators.kit.bench import Bench, Inapplicable, benches
from custodyd_simulators.kit.exercises import EXERCISES
from custodyd_simulators.kit.host import Broken
from custodyd_simulators.kit.weather import WEATHERS

TRIAL_S = 90.0
LET_GO_S = 3.0
MOST_AT_ONCE = 8  # trials of one device side by side: they wait more than they compute
UNPLUGGED = {"zh-CN": "拔插", "en": "unplug, replug"}
STRANGER = {"zh-CN": "错接设备", "en": "another device"}
CANCELLED = {"zh-CN": "取消", "en": "cancelled"}
STRICT = {"zh-CN": "未知键", "en": "unknown key"}
LEFT = {"zh-CN": "无残留", "en": "nothing left"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One device before one wire: seconds it needed (None where that wire cannot be made), or what was broken."""

    device: str
    family: str
    wire: str
    caption: Mapping[str, str]
    seconds: float | None
    broken: str | None = None

    @property
    def good(self) -> bool:
        """Whether every rule held."""
        return self.broken is None


async def run(chosen: Sequence[Bench], wires: frozenset[str] = frozenset(), seed: int = 0) -> AsyncIterator[Cell]:
    """Every cell of these devices, row by row; `wires` = only these (all when empty)."""
    for bench in chosen:
        if bench.device.capability not in EXERCISES:
            yield Cell(
                bench.name, bench.family.name, "whole", WEATHERS[0].caption, 0.0, "the kit knows no such capability"
            )
            continue
        before = _held()
        plan = [one for one in _plan(bench) if not wires or one[0] in wires]
        random.Random(f"{seed}/{bench.name}").shuffle(plan)
        room = asyncio.Semaphore(MOST_AT_ONCE)
        for cell in await asyncio.gather(*(_cell(bench, *one, room) for one in plan)):
            yield cell
        yield await _nothing_left(bench, before)


def _plan(bench: Bench) -> list[tuple[str, Mapping[str, str], trials.Trial]]:
    plan = [(kind.name, kind.caption, trials.weather(kind)) for kind in WEATHERS]
    plan.append(("unplug", UNPLUGGED, trials.unplugged))
    other = next((one for one in benches(bench.station) if _is_stranger(one, bench)), None)
    if other is not None:
        plan.append(("stranger", STRANGER, trials.stranger(other)))
    plan.append(("cancel", CANCELLED, trials.cancelled))
    plan.append(("settings", STRICT, trials.strict))
    return plan


def _is_stranger(other: Bench, bench: Bench) -> bool:
    return (
        other.family.name != bench.family.name
        and other.device.bus is None
        and hasattr(other.twin, PortTwin.dialect.__name__)
    )


async def _cell(
    bench: Bench, wire: str, caption: Mapping[str, str], trial: trials.Trial, room: asyncio.Semaphore
) -> Cell:
    async with room:
        broken: str | None = None
        seconds: float | None = None
        with tempfile.TemporaryDirectory(prefix="kit") as where:
            try:
                async with asyncio.timeout(TRIAL_S):
                    seconds = await trial(bench, Path(where))
            except Broken as exc:
                broken = str(exc)
            except Inapplicable:
                seconds = None
            except TimeoutError:
                broken = f"the trial did not end within {TRIAL_S:g} s"
        return Cell(bench.name, bench.family.name, wire, caption, seconds, broken)


def _held() -> tuple[int, int]:
    """Open descriptors of this process, and its threads but for those that asyncio keeps for everybody."""
    threads = [one for one in threading.enumerate() if not one.name.startswith("asyncio_")]
    return len(os.listdir("/proc/self/fd")), len(threads)


async def _nothing_left(bench: Bench, before: tuple[int, int]) -> Cell:
    began = time.monotonic()
    while (held := _held()) > before and time.monotonic() - began < LET_GO_S:
        await asyncio.sleep(0.05)
    descriptors, threads = held[0] - before[0], held[1] - before[1]
    broken = None
    if descriptors > 0 or threads > 0:
        broken = f"{max(0, descriptors)} descriptors and {max(0, threads)} threads were left behind"
    return Cell(bench.name, bench.family.name, "left", LEFT, time.monotonic() - began, broken)
