"""The bad wires that stay plugged in, as knobs of both directions; it knows no device.

The faults sit in the twin's wire (`custodyd_simulators.wires`), between its voice and the descriptor that the driver
opens: neither the driver nor the twin takes part in them.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from custodyd_simulators.faults import Faults
from custodyd_simulators.kit.bench import Bench, Inapplicable, Stand
from custodyd_simulators.kit.bounds import GRACE_S
from custodyd_simulators.kit.course import Course, standing, working
from custodyd_simulators.kit.host import Broken
from custodyd_simulators.kit.trials.trial import Trial

BAD_S = 3.0  # how long a wire stays bad on which nothing must work

Knobs = Mapping[str, int | float | bytes | bool]


@dataclass(frozen=True, slots=True)
class Weather:
    """One bad wire: the knobs of `Faults` over what the twin `says` and over what it `hears`.

    `works`: a driver must still report in it, not only after it. `exact`: what arrives is what was said, perhaps late
    or twice. `silent`: the device is never heard, which a driver must tell. `splits`: made of single bytes, which a
    wire that carries whole events cannot do; there `instead` is lost.
    """

    name: str
    caption: Mapping[str, str]
    says: Knobs = field(default_factory=dict[str, "int | float | bytes | bool"])
    hears: Knobs = field(default_factory=dict[str, "int | float | bytes | bool"])
    works: bool = True
    exact: bool = True
    silent: bool = False
    splits: bool = False
    instead: Knobs | None = None


_NOTHING: Knobs = {}
_JUNK = b"\x00\xff\x55\xaa"
_NOISE = {"junk": _JUNK}
_PAUSE, _LATE, _LOSE, _DROP = {"pause_s": 0.002}, {"delay_s": 0.04}, {"lose": 0.004}, {"drop": 0.2}

# What a host says is lost, late or cut like anything else, but never changed or doubled: an act that the wire itself
# repeats, or turns into another one where a protocol has no checksum, is no driver's fault.
WEATHERS = (
    Weather("whole", {"zh-CN": "完好", "en": "whole"}),
    Weather("bytes", {"zh-CN": "逐字节", "en": "byte by byte"}, _PAUSE, _PAUSE, splits=True),
    Weather("lossy", {"zh-CN": "丢字节", "en": "lossy"}, _LOSE, _LOSE, exact=False, splits=True, instead=_DROP),
    Weather("late", {"zh-CN": "迟到", "en": "delayed"}, _LATE, _LATE),
    Weather("doubled", {"zh-CN": "重复", "en": "duplicated"}, {"double": 6}),
    Weather("garbage", {"zh-CN": "杂讯", "en": "garbage before"}, _NOISE, _NOISE, False, False),
    Weather("flipped", {"zh-CN": "错位", "en": "bits flipped"}, {"corrupt": 4}, exact=False),
    Weather("cut", {"zh-CN": "半帧", "en": "half a frame"}, {"cut_after": 5}, {"cut_after": 3}, exact=False),
    Weather("dead", {"zh-CN": "帧中断", "en": "dead mid-frame"}, {"die_after": 5}, _NOTHING, False, False, True),
    Weather("overdue", {"zh-CN": "超时应答", "en": "overdue answer"}, {"hold": 2}, works=False),
    Weather("mute", {"zh-CN": "沉默", "en": "mute"}, {"mute": True}, works=False, silent=True),
    Weather("deaf", {"zh-CN": "不听", "en": "deaf"}, _NOTHING, {"mute": True}, works=False),
)  # fmt: skip


def in_weather(kind: Weather) -> Trial:
    """Before a bad wire, in it, and after it; seconds to a report in it, or after it where nothing must work in it."""
    return Trial(kind.name, kind.caption, partial(_run, kind))


async def _run(kind: Weather, bench: Bench, where: Path, seed: int) -> float:
    async with standing(bench, where) as (stand, exercise):
        async with working(stand, exercise) as found:
            await exercise.prepare(found.host)
            await found.must_see("on a whole wire")
            _turn(kind, stand, seed)
            took = await _in(kind, found)
            if not kind.works:
                return await _after(kind, found)
            found.judge(exact=kind.exact)
        _turn(kind, stand, seed + 1)
        async with working(stand, exercise) as fresh:
            await fresh.must_see(
                f"by a driver that started on a wire that is {kind.caption['en']}", fresh.bounds.recover_s
            )
            await _after(kind, fresh)
    return took


async def _after(kind: Weather, found: Course) -> float:
    found.stand.wire.clear()
    took = await found.must_see("after the wire was whole again", found.bounds.recover_s)
    await found.must_answer("after the wire was whole again")
    await found.act()
    found.judge(exact=kind.exact)
    return took


def _turn(kind: Weather, stand: Stand, seed: int) -> None:
    wire, says, hears = stand.wire, kind.says, kind.hears
    if kind.splits and not wire.splits:
        if kind.instead is None:
            raise Inapplicable("this wire carries whole events")
        says, hears = kind.instead, _NOTHING
    chance = random.Random(f"{seed}/{stand.bench.name}/{kind.name}")
    with wire.lock:
        for faults, knobs in ((wire.faults, says), (wire.hearing, hears)):
            faults.seed = chance.randrange(1 << 32)
            faults.clear()
            _set(faults, knobs)


def _set(faults: Faults, knobs: Knobs) -> None:
    for knob, value in knobs.items():
        setattr(faults, knob, value)


async def _in(kind: Weather, found: Course) -> float:
    ended, began = len(found.host.ended), time.monotonic()
    await found.act()
    if kind.works:
        return await found.must_see(f"on a wire that is {kind.caption['en']}", found.bounds.recover_s)
    await found.exercise.seen(found.host, BAD_S)
    await asyncio.sleep(max(0.0, began + BAD_S - time.monotonic()))
    silent_s = found.bounds.silent_s
    if kind.silent and silent_s is not None:
        left = began + silent_s + GRACE_S - time.monotonic()
        if not await found.host.until(lambda: len(found.host.ended) > ended, left):
            raise Broken(f"the connection went on for {silent_s:g} s with a device that said nothing")
    return 0.0
