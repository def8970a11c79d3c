"""Unplugged, plugged in again, and another device in its place; it knows no device."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from custodyd_drivers.contract import Answered, CodeUnreadable, Proof, Report, SignalChanged
from custodyd_simulators.kit.bench import Bench
from custodyd_simulators.kit.bounds import GRACE_S, NOTICED_S, USABLE_S
from custodyd_simulators.kit.course import Course, course
from custodyd_simulators.kit.host import Broken
from custodyd_simulators.kit.trials.trial import Trial
from custodyd_simulators.wires import Dialect, Say

STRANGER_S = 3.0  # how long another device is tried on the port


async def _unplugged(bench: Bench, where: Path, seed: int) -> float:
    async with course(bench, where) as found:
        ended = len(found.host.ended)
        await asyncio.to_thread(found.stand.wire.unplug)
        if not await found.host.until(lambda: len(found.host.ended) > ended, NOTICED_S + GRACE_S):
            raise Broken(f"that it was unplugged was not noticed within {NOTICED_S:g} s")
        await asyncio.to_thread(found.stand.wire.plug)
        began = time.monotonic()
        await found.host.up(USABLE_S + GRACE_S)
        took = time.monotonic() - began
        await found.must_see("after it was plugged in again")
        await found.must_answer("after it was plugged in again")
        await found.act()
        found.judge()
        return took


UNPLUGGED = Trial("unplug", {"zh-CN": "拔插", "en": "unplug, replug"}, _unplugged)
"""Seconds from its return to a driver that has started."""


def stranger(other: Callable[[], Dialect]) -> Trial:
    """Another device on the port: refused, or at least never heard as this one; seconds to a report when it is gone."""
    return Trial("stranger", {"zh-CN": "错接设备", "en": "another device"}, partial(_stranger, other))


async def _stranger(other: Callable[[], Dialect], bench: Bench, where: Path, seed: int) -> float:
    async with course(bench, where) as found:
        gone = await asyncio.to_thread(found.stand.replaced, other())
        try:
            await _only_strangers(found)
        finally:
            await asyncio.to_thread(gone)
        await asyncio.to_thread(found.stand.wire.plug)
        took = await found.must_see("after the stranger was gone", found.bounds.recover_s)
        await found.must_answer("after the stranger was gone")
        found.judge()
        return took


async def _only_strangers(found: Course) -> None:
    host = found.host
    await host.until(lambda: host.driver is None, NOTICED_S + GRACE_S)
    since = time.monotonic()
    await asyncio.sleep(STRANGER_S)
    identity = host.identity
    if host.driver is not None and identity is not None and identity.proof is not Proof.PATH:
        raise Broken(f"another device on the port was taken for it, proven by {identity.proof}")
    heard = [one for at, one in host.reports if at > since and not _is_harmless(one)]
    if heard:
        raise Broken(f"another device on the port was heard as it: {type(heard[0]).__name__}")


def _is_harmless(report: Report) -> bool:
    return isinstance(report, Answered | SignalChanged | CodeUnreadable)


class Echo:
    """Says what it hears: a loop-back plug, or the two lines of a bus touching each other."""

    def __init__(self) -> None:
        self._say: Say = _nobody

    def attach(self, say: Say) -> None:
        """Take the voice."""
        self._say = say

    def hear(self, data: bytes) -> None:
        """Say it."""
        self._say(data)

    def tick(self, dt: float) -> None:
        """Nothing happens by itself."""


def _nobody(_: bytes) -> None:
    """A voice before there is a wire."""


ECHO = Trial("echo", {"zh-CN": "回环", "en": "an echo"}, partial(_stranger, Echo))
