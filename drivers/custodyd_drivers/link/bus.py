"""The owner of one shared wire: one thread, one request outstanding, commands before polls; it knows no protocol.

Cancelling an `ask` that still waits takes it out of the queue: it is never sent. Cancelling one under way lets the
exchange end on its thread, so that its answer cannot be taken for the next one's, and throws the answer away.
"""

import asyncio
import contextlib
import heapq
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from itertools import count
from typing import Generic, Protocol, TypeVar

from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused
from custodyd_drivers.link.breaker import Breakers, BreakerState
from custodyd_drivers.link.exchange import Answer, Handed, Misfit, Question
from custodyd_drivers.link.line import elapsed
from custodyd_drivers.link.turns import Note, Once, Standing, Turn

_LOOK_S = 0.25  # an unplugged adapter is noticed within a second, also while nobody asks anything
_END_S = 0.9
_GROUPS = 4  # a wake-up costs more than an exchange, a queue costs time: so units are asked in a few groups

Q = TypeVar("Q", bound=Question)
Q_contra = TypeVar("Q_contra", bound=Question, contravariant=True)


class Client(Protocol[Q_contra]):
    """One opening of one wire in one protocol, used by the bus's thread alone; it queues nothing."""

    def open(self) -> None:
        """Open exclusively; raises LinkLost with the reason."""
        ...

    def ask(self, unit: int, request: Q_contra) -> bytes:
        """The data that `unit` answers to one request, sent once; raises NoReply, Garbled, Refused, LinkLost.

        A LinkLost that is no NoReply means that the wire is of no further use.
        """
        ...

    @property
    def handed_at(self) -> float | None:
        """Elapsed seconds when the first byte of the last request was handed to the kernel, None if none was."""
        ...

    def look(self) -> None:
        """Whether the wire is still there, also when nobody speaks; raises LinkLost."""
        ...

    def close(self) -> None:
        """Let go of the descriptor; never raises."""
        ...


class SharedBus(Generic[Q]):
    """One connection to one wire; see `custodyd_drivers.contract.Bus`.

    `address` names the wire for people; `client` makes its client, given a descriptor that is readable when every wait
    must end.
    """

    def __init__(self, address: str, client: Callable[[int], Client[Q]]) -> None:
        self._address = address
        self._client = client
        self._commands: deque[Turn[Q]] = deque()
        self._polls: deque[Turn[Q]] = deque()
        self._standing: list[tuple[float, int, Standing[Q]]] = []  # a heap: when due, in which order, what
        self._order = count()
        self._changed = threading.Condition()
        self._breakers = Breakers()
        self._over: LinkLost | None = None
        self._opened: Future[None] = Future()
        self._ended: Future[LinkLost] = Future()
        self._thread: threading.Thread | None = None
        self._current: Turn[Q] | None = None
        self._stop_read, self._stop_write = os.pipe()

    @property
    def breakers(self) -> Mapping[int, BreakerState]:
        """The state of each unit's breaker, for every unit that was ever asked."""
        with self._changed:
            return self._breakers.states()

    async def start(self) -> None:
        """Open the wire; raises LinkLost."""
        with self._changed:
            if self._over is not None:
                raise self._over
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"bus {self._address}", daemon=True)
                self._thread.start()
        await asyncio.shield(asyncio.wrap_future(self._opened))

    async def lost(self) -> LinkLost:
        """Wait until this bus is over and return why; a new bus is then needed."""
        return await asyncio.shield(asyncio.wrap_future(self._ended))

    async def ask(self, unit: int, request: Q, *, urgent: bool = False, note: Note | None = None) -> Answer:
        """Send `request` to `unit` once and return the answer; `urgent` goes before all polls.

        Raises LinkLost (no byte of it left), NoReply (it may have been heard; or a poll of a unit whose breaker is
        open, `waited_s` 0), Garbled or its leaf Misfit (something came; it may have been heard), Refused with the
        unit's own code. `note` is told, on the bus's thread, when the first byte left, whatever came of it.
        """
        job: Once[Q] = Once(unit, request, urgent, note)  # a call of `Once[Q]` takes six times as long
        with self._changed:
            if self._over is not None or self._thread is None:
                raise self._over or LinkLost(f"{self._address} is not open")
            (self._commands if urgent else self._polls).append(job)
            self._changed.notify()
        return await asyncio.wrap_future(job.future)

    def polled(self, unit: int, request: Q, every_s: float, note: Note | None = None) -> Standing[Q]:
        """Ask `unit` every `every_s` until it fails or is closed, in turn with all others and after every `ask`.

        A quarter of the units is asked at a time, so that none waits behind all the others.
        """
        turn = math.ceil(elapsed() / every_s) + unit % _GROUPS / _GROUPS
        one: Standing[Q] = Standing(unit, request, every_s, turn * every_s, note)
        with self._changed:
            if self._over is not None or self._thread is None:
                one.failed(self._over or LinkLost(f"{self._address} is not open"))
            else:
                self._stand(one)
                self._changed.notify()
        return one

    def _stand(self, one: Standing[Q]) -> None:
        heapq.heappush(self._standing, (one.queued_at, next(self._order), one))

    async def close(self) -> None:
        """Let go of the wire within a second; every exchange under way ends in LinkLost. Never raises."""
        self._end(LinkLost(f"{self._address} is closed"))
        if self._thread is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_S):
                    await self.lost()

    def _end(self, why: LinkLost) -> None:
        """Let nobody in any more, and wake the thread; the first reason stays."""
        with self._changed:
            if self._over is not None:
                return
            self._over = why
            os.write(self._stop_write, b"!")
            if self._thread is None:
                self._let_go()
            self._changed.notify()

    # --- on the bus's own thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        client = self._client(self._stop_read)
        try:
            client.open()
            self._opened.set_result(None)
            while self._over is None:
                self._turn(client)
        except LinkLost as exc:
            self._end(exc)
        finally:
            client.close()
            self._finish()

    def _finish(self) -> None:
        """The wire is closed: tell everyone who still waits."""
        self._end(LinkLost(f"{self._address} has no owner any more"))
        why = self._over or LinkLost(self._address)
        if not self._opened.done():
            self._opened.set_exception(why)
        if self._current is not None:
            self._current.failed(NoReply(why.fact, 0.0))
        for job in (*self._commands, *self._polls, *(one for _, _, one in self._standing)):
            if job.begin():
                job.failed(why)
        with self._changed:
            self._let_go()
        self._ended.set_result(why)

    def _let_go(self) -> None:
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _turn(self, client: Client[Q]) -> None:
        job = self._next()
        if job is None:
            client.look()
        elif job.begin():
            self._current = job
            if self._admitted(job):
                self._exchange(client, job)
            self._current = None
            self._again(job)

    def _next(self) -> Turn[Q] | None:
        with self._changed:
            if not self._commands and not self._polls and self._over is None:
                self._changed.wait(self._idle_s())
            if self._commands:
                return self._commands.popleft()
            if self._polls:
                return self._polls.popleft()
            due = self._standing and self._standing[0][0] <= elapsed()
            return heapq.heappop(self._standing)[2] if due else None

    def _idle_s(self) -> float:
        """How long nobody need be asked; 0 when somebody is due."""
        return min(max(0.0, self._standing[0][0] - elapsed()), _LOOK_S) if self._standing else _LOOK_S

    def _again(self, job: Turn[Q]) -> None:
        if isinstance(job, Standing) and not job.over:
            with self._changed:
                self._stand(job)

    def _admitted(self, job: Turn[Q]) -> bool:
        with self._changed:
            admitted = self._breakers.admits(job.unit, elapsed())
        if not admitted:
            fact = f"unit {job.unit} stays silent and is asked again later"
            job.failed(LinkLost(fact) if job.urgent else NoReply(fact, 0.0))
        return admitted

    def _exchange(self, client: Client[Q], job: Turn[Q]) -> None:
        try:
            data = client.ask(job.unit, job.request)
        except DeviceError as exc:
            self._failed(client, job, exc)
            return
        with self._changed:
            self._breakers.answered(job.unit, elapsed())
        job.answered(Answer(data, self._noted(client, job)))

    def _failed(self, client: Client[Q], job: Turn[Q], exc: DeviceError) -> None:
        """Pass the failure on; raises LinkLost when the wire itself is gone."""
        handed = client.handed_at is not None and self._noted(client, job)
        gone = isinstance(exc, LinkLost) and not isinstance(exc, NoReply)
        with self._changed:
            if isinstance(exc, Refused | Misfit):  # it is alive; whether it is the right one is its driver's question
                self._breakers.answered(job.unit, elapsed())
            elif not job.request.excused:
                self._breakers.silent(job.unit)
        if gone and handed:
            job.failed(NoReply(f"{exc.fact} before unit {job.unit} answered", elapsed() - handed.at))
        else:
            job.failed(exc)
        if gone:
            raise exc
        client.look()

    def _noted(self, client: Client[Q], job: Turn[Q]) -> Handed:
        at = client.handed_at or elapsed()
        handed = Handed(at, at - job.queued_at)
        if job.note is not None:
            job.note(handed)
        return handed
