"""Waiting with a deadline for what may never end or never let go; it knows no device."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

LOOK_S = 1.0
LET_GO_S = 0.5
T = TypeVar("T")


class Hung(Exception):
    """The deadline passed."""


class Faulty(Exception):
    """What ran raised something that would end more than itself, or ended as if somebody had cancelled it."""


class Bounded:
    """The awaits of one device. `look` is called at least once a second; `stuck` are those that would not end."""

    def __init__(self, clock: Callable[[], float], look: Callable[[], None]) -> None:
        self._clock = clock
        self._look = look
        self.stuck: set[asyncio.Task[object]] = set()

    async def within(self, awaited: Coroutine[Any, Any, T], limit: float | None) -> T:
        """The result of `awaited`; raises Hung after `limit` seconds, and what `awaited` raises, or Faulty."""
        task = asyncio.ensure_future(_contained(awaited))
        try:
            await self._wait(task, limit)
            return task.result()
        finally:
            await self._let_go(task)
            if inspect.getcoroutinestate(awaited) == inspect.CORO_CREATED:  # let go before its first step
                awaited.close()

    async def _wait(self, task: "asyncio.Task[object]", limit: float | None) -> None:
        until = None if limit is None else self._clock() + limit
        while not task.done():
            self._look()
            left = LOOK_S if until is None else min(LOOK_S, until - self._clock())
            if left <= 0:
                raise Hung
            await asyncio.wait({task}, timeout=left)

    async def _let_go(self, task: "asyncio.Task[object]") -> None:
        if task.done():
            self._ended(task)
            return
        task.cancel()
        self.stuck.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task}, timeout=LET_GO_S)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self.stuck.discard(task)
        if not task.cancelled():
            task.exception()  # nobody waits for it any more


async def _contained(awaited: Coroutine[Any, Any, T]) -> T:
    try:
        return await awaited
    except Exception:
        raise
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Faulty("it cancelled itself") from exc
    except BaseException as exc:
        raise Faulty(type(exc).__name__) from exc
