"""The fingerprint reader as the daemon sees it: reports and verbs; it must not know a byte, nor whose finger it is.

Polling and verbs take turns on the reader's one thread: a verb waits for at most one look at the glass. A cancelled
verb that has begun ends on the thread and its outcome is dropped, so the next one finds the line in step; whether a
cancelled `enrol` or `delete` took effect is seen by `occupied`.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

from custodyd_drivers.contract import Answered, Identity, Light, Report
from custodyd_drivers.errors import Garbled, LinkLost, Refused
from custodyd_drivers.zfm.frames import Code
from custodyd_drivers.zfm.line import Line
from custodyd_drivers.zfm.sequences import Module
from custodyd_drivers.zfm.settings import Settings
from custodyd_drivers.zfm.touch import Sight, Touch
from custodyd_drivers.zfm.worker import Worker

_ANSWERED_S = 1.0  # how often an idle reader is said to be alive
_STUBBORN = 8  # looks in a row whose answers were no use: about three seconds with their quarantines
_CLOSE_S = 0.9

_T = TypeVar("_T")


class Reader:
    """See `custodyd_drivers.contract.FingerprintReader`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        line = Line(settings.port, settings.baudrate, settings.address, settings.timeout_s, self._stopping)
        self._module = Module(line, settings)
        self._worker = Worker(f"reader {settings.port}", self._module.close)
        self._touch = Touch()
        self._enrolling = asyncio.Lock()
        self._over: LinkLost | None = None
        self._useless = 0
        self._answers = -1
        self._answered_at = float("-inf")

    @property
    def capacity(self) -> int:
        """Number of slots; 0 before `start`."""
        return self._module.capacity

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """See `contract.Threaded`."""
        return (self._worker.thread,)

    async def start(self) -> Identity:
        """Open the port and prove who answers; Refused for another password or another token."""
        return await self._worker.run(self._module.begin)

    async def close(self) -> None:
        """Let go of the port and the thread."""
        self._stopping.set()
        await self._worker.stop(_CLOSE_S)

    # --- reports ----------------------------------------------------------------------------------------------------

    async def reports(self) -> AsyncIterator[Report]:
        """Look at the glass every `poll_s`; a silent look ends the connection, a garbled one is repeated some times."""
        while True:
            for report in await self._news():
                yield report
            await asyncio.sleep(self._settings.poll_s)

    async def _news(self) -> list[Report]:
        enrolling = self._enrolling.locked()  # it takes its own pictures
        sight = None if enrolling else await self._look()
        news = [] if sight is None else list(self._touch.take(sight))
        # what answers here and there within looks that all fail shows nobody's finger: no sign of life
        if (enrolling or sight is not None) and self._answered_again():
            news.append(Answered())
        return news

    async def _look(self) -> Sight | None:
        look = partial(self._module.look, identify=not self._touch.judged)
        try:
            sight = await self._run(look)
        except LinkLost as exc:
            self._over = exc
            raise
        except (Garbled, Refused) as exc:
            self._useless += 1
            if self._useless > _STUBBORN:
                self._over = LinkLost(f"the reader gives no usable answers: {exc.fact}")
                raise self._over from exc
            return None
        self._useless = 0
        return sight

    def _answered_again(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._module.answers == self._answers or now - self._answered_at < _ANSWERED_S:
            return False
        self._answers, self._answered_at = self._module.answers, now
        return True

    async def _run(self, act: Callable[[], _T]) -> _T:
        if self._over is not None:
            raise LinkLost(self._over.fact)
        return await self._worker.run(act)

    # --- verbs ------------------------------------------------------------------------------------------------------

    async def occupied(self) -> frozenset[int]:
        """Slots that hold a template."""
        return await self._run(self._module.occupied)

    async def delete(self, slot: int) -> None:
        """Remove the template in `slot`; Refused when it is empty or does not exist."""
        await self._run(partial(self._module.erase, slot))

    async def light(self, light: Light) -> None:
        """Show `light`; nothing for a module without one."""
        await self._run(partial(self._module.light, light))

    async def write_token(self, token: str) -> None:
        """Write an identity of ours (1 to 31 printable ASCII characters) and read it back."""
        await self._run(partial(self._module.write_token, token))

    async def enrol(self, slot: int, seconds: float) -> None:
        """Two pictures of one finger, lifted in between, within `seconds`; identification rests meanwhile.

        Refused, by code: 22 slot taken, 0B no such slot, 26 nobody came (or never lifted), 3B no usable picture,
        0A the pictures differ, 27 the finger is enrolled already.
        """
        async with self._enrolling:
            await self._run(partial(self._module.require, slot, empty=True))
            deadline = asyncio.get_running_loop().time() + seconds
            await self._picture(1, deadline)
            await self._lifted(deadline)
            await self._picture(2, deadline)
            await self._run(partial(self._module.keep, slot))

    async def _picture(self, buffer: int, deadline: float) -> None:
        flaw: str | None = None
        async for sight in self._sights(partial(self._module.picture, buffer), deadline):
            if sight.finger and sight.flaw is None:
                return
            flaw = sight.flaw or flaw
        if flaw is not None:
            raise Refused(f"no usable picture of the finger: {flaw}", Code.POOR)
        raise Refused("no finger came", Code.TIMED_OUT)

    async def _lifted(self, deadline: float) -> None:
        async for sight in self._sights(partial(self._module.look, identify=False), deadline):
            if not sight.finger:
                return
        raise Refused("the finger was not lifted", Code.TIMED_OUT)

    async def _sights(self, act: Callable[[], Sight], deadline: float) -> AsyncIterator[Sight]:
        """What `act` sees again and again until `deadline`; a garbled look is no sight."""
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(Garbled):
                sight = await self._run(act)
                self._touch.note(sight)
                yield sight
            await asyncio.sleep(self._settings.poll_s)
