"""Rows of the kit: all trials of one device side by side, then those that must be alone; it prints nothing."""

import asyncio
import random
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from custodyd_drivers.contract import Wire
from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Bench, Inapplicable
from custodyd_simulators.kit.bounds import CLOSED_S, GRACE_S
from custodyd_simulators.kit.exercises import EXERCISES
from custodyd_simulators.kit.host import Broken
from custodyd_simulators.kit.secrets import credentials
from custodyd_simulators.kit.trials import CLOSED, Trial, plan
from custodyd_simulators.kit.trials.closing import held, let_go

TRIAL_S = 120.0
MOST_AT_ONCE = 12  # trials of one device side by side: they wait more than they compute
LEFT = {"zh-CN": "无残留", "en": "nothing left"}
UNKNOWN = {"zh-CN": "能力", "en": "capability"}


Outcome = tuple[float | None, str | None]
"""Seconds, or what was broken; neither where the wire cannot be made."""


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
        if bench.family.capability not in EXERCISES:
            fact = f"the kit does not know the capability {bench.family.capability}"
            yield Cell(bench.name, bench.family.name, "capability", UNKNOWN, None, fact)
            continue
        before = held()
        with credentials([bench]):
            async for cell in _row(bench, wires, seed):
                yield cell
        left = await let_go(before, CLOSED_S + GRACE_S)
        yield Cell(bench.name, bench.family.name, "left", LEFT, None if left else 0.0, left)


async def _row(bench: Bench, wires: frozenset[str], seed: int) -> AsyncIterator[Cell]:
    chosen = [trial for trial in plan(bench) if not wires or trial.name in wires]
    random.Random(f"{seed}/{bench.name}").shuffle(chosen)
    room = asyncio.Semaphore(1 if _one_bus(bench) else MOST_AT_ONCE)
    for cell in await asyncio.gather(*(_cell(bench, trial, seed, room) for trial in chosen)):
        yield cell
    if not wires or CLOSED.name in wires:
        yield await _cell(bench, CLOSED, seed, room)


def _one_bus(bench: Bench) -> bool:
    """Whether this device's library speaks on one bus per event loop, and per process at a time."""
    return bench.family.wire is Wire.DBUS


async def _cell(bench: Bench, trial: Trial, seed: int, room: asyncio.Semaphore) -> Cell:
    async with room:
        work = _tried(bench, trial, seed)
        seconds, broken = await (_apart(work) if _one_bus(bench) else work)
    return Cell(bench.name, bench.family.name, trial.name, trial.caption, seconds, broken)


async def _apart(work: Coroutine[object, object, Outcome]) -> Outcome:
    """The outcome of a trial in an event loop of its own."""
    done: Future[Outcome] = Future()
    threading.Thread(target=lambda: done.set_result(asyncio.run(work)), name="kit trial", daemon=True).start()
    waiting = asyncio.wrap_future(done)
    await asyncio.wait({waiting}, timeout=TRIAL_S + GRACE_S)
    return waiting.result() if waiting.done() else (None, "its event loop was held up and never went on")


async def _tried(bench: Bench, trial: Trial, seed: int) -> Outcome:
    """One trial in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="kit") as where:
        try:
            async with asyncio.timeout(TRIAL_S):
                return await trial.run(bench, Path(where), seed), None
        except Broken as exc:
            return None, str(exc)
        except Inapplicable:
            return None, None
        except DeviceError as exc:
            return None, f"on a whole wire: {type(exc).__name__}, {exc}"
        except TimeoutError:
            return None, f"the trial did not end within {TRIAL_S:g} s"
        except Exception as exc:  # noqa: BLE001 - of a third party's driver or twin: it is one cell, not the end of all
            return None, f"{type(exc).__name__}, which is no DeviceError: {exc}"
