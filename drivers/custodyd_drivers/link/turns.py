"""What waits for its turn on a shared wire: a question asked once, and one asked again and again; it knows no wire.

A poll that goes through the event loop costs two changes of thread each time; a standing question costs them only when
there is something to tell.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from custodyd_drivers.errors import DeviceError, LinkLost
from custodyd_drivers.link.exchange import Answer, Handed, Question
from custodyd_drivers.link.line import elapsed

TELL_S = 1.0  # an answer that stays the same is told so often: a sign of life

Q = TypeVar("Q", bound=Question)
Q_co = TypeVar("Q_co", bound=Question, covariant=True)
Note = Callable[[Handed], None]


class Turn(Protocol[Q_co]):
    """One question before a unit, as the bus's thread sees it."""

    @property
    def unit(self) -> int:
        """Who is asked."""
        ...

    @property
    def request(self) -> Q_co:
        """What is asked."""
        ...

    @property
    def urgent(self) -> bool:
        """Whether it goes before all polls."""
        ...

    @property
    def note(self) -> Note | None:
        """Who is told when the first byte left."""
        ...

    @property
    def queued_at(self) -> float:
        """Since when it waits (elapsed seconds)."""
        ...

    def begin(self) -> bool:
        """Whether it is still wanted; from now on it is under way."""
        ...

    def answered(self, answer: Answer) -> None:
        """A sound answer came."""
        ...

    def failed(self, exc: DeviceError) -> None:
        """None came, or none will."""
        ...


@dataclass(eq=False, slots=True)
class Once(Generic[Q]):
    """A question with one answer, for whoever waits for `future`."""

    unit: int
    request: Q
    urgent: bool
    note: Note | None
    future: "Future[Answer]" = field(default_factory=Future[Answer])
    queued_at: float = field(default_factory=elapsed)

    def begin(self) -> bool:
        """Not if its asker was cancelled."""
        return self.future.set_running_or_notify_cancel()

    def answered(self, answer: Answer) -> None:
        """Wake the asker."""
        self.future.set_result(answer)

    def failed(self, exc: DeviceError) -> None:
        """Wake the asker, unless it knows already."""
        if not self.future.done():
            self.future.set_exception(exc)


@dataclass(eq=False, slots=True)
class Standing(Generic[Q]):
    """A question asked every `every_s`: an iterator of its data, first and whenever it changed, and once a second.

    The first failure is raised and ends it; nobody asks after `close`. One consumer only. `queued_at` is when it is
    next due (elapsed seconds), so that the longest overdue goes first.
    """

    unit: int
    request: Q
    every_s: float
    queued_at: float
    note: Note | None = None
    urgent: bool = False
    over: bool = False
    _data: bytes | None = None
    _told_at: float = 0.0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _told: "asyncio.Queue[bytes | DeviceError]" = field(default_factory=asyncio.Queue["bytes | DeviceError"])

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """What is told next; raises what the bus's `ask` raises, and LinkLost after `close`."""
        told = await self._told.get()
        if isinstance(told, DeviceError):
            self._told.put_nowait(told)  # who asks a finished question again hears the same
            raise told
        return told

    def close(self) -> None:
        """Ask no more; on the loop's thread. Never raises."""
        if not self.over:
            self.over = True
            self._told.put_nowait(LinkLost(f"unit {self.unit} is asked no more"))

    # --- on the bus's own thread --------------------------------------------------------------------------------

    def begin(self) -> bool:
        """Not after its end; the next turn is counted from this one, and never lies in the past."""
        self.queued_at = max(self.queued_at + self.every_s, elapsed())
        return not self.over

    def answered(self, answer: Answer) -> None:
        """Tell what changed, or that nothing did."""
        at = answer.handed.at
        if answer.data == self._data and at - self._told_at < TELL_S:
            return
        self._data, self._told_at = answer.data, at
        self._tell(answer.data)

    def failed(self, exc: DeviceError) -> None:
        """Tell the end."""
        if not self.over:
            self.over = True
            self._tell(exc)

    def _tell(self, what: bytes | DeviceError) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.put_nowait, what)
