"""One daemon thread that does one device's blocking jobs in turn; it must not know what they do.

A job that is awaited and abandoned is not begun if it still waits, else it ends on its thread (jobs are bounded in
time) and its outcome is dropped.
"""

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from custodyd_drivers.errors import DeviceError, LinkLost

_T = TypeVar("_T")


class _Job(Protocol):
    def do(self) -> None:
        """Do it and hand the outcome over."""
        ...

    def drop(self) -> None:
        """It will not be done."""
        ...


class _Task(Generic[_T]):
    def __init__(self, act: Callable[[], _T], future: concurrent.futures.Future[_T]) -> None:
        self._act = act
        self._future = future

    def do(self) -> None:
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            self._future.set_result(self._act())
        except DeviceError as exc:
            self._future.set_exception(exc)
        finally:  # anything else is a defect: it ends the thread, aloud, but nobody waits for ever
            self.drop()

    def drop(self) -> None:
        if not self._future.done():
            self._future.set_exception(LinkLost("the reader's thread has ended"))


class Worker:
    """Made and used in one event loop. `farewell` is done on the thread at its end, once, and must not raise."""

    def __init__(self, name: str, farewell: Callable[[], None]) -> None:
        self._farewell = farewell
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._stopped = False
        self._ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    @property
    def thread(self) -> threading.Thread:
        """The one thread; begun with the first job."""
        return self._thread

    async def run(self, act: Callable[[], _T]) -> _T:
        """Do `act` after all that waits already; raises what it raises, LinkLost when the thread is no more."""
        if self._stopped or self._ended.done():
            raise LinkLost("the reader is closed")
        if not self._thread.is_alive():
            self._thread.start()
        future: concurrent.futures.Future[_T] = concurrent.futures.Future()
        task = _Task(act, future)
        self._jobs.put(task)
        if self._ended.done():  # between the look above and the put
            task.drop()
        return await asyncio.wrap_future(future)

    async def stop(self, within_s: float) -> None:
        """Let the thread end; waits for it at most `within_s`. Never raises, safe twice and before the first job."""
        if not self._stopped:
            self._stopped = True
            self._jobs.put(None)
        if self._thread.is_alive():
            await asyncio.wait([asyncio.wrap_future(self._ended)], timeout=within_s)

    def _work(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                job.do()
        finally:
            self._farewell()
            self._ended.set_result(None)
            self._drop_rest()

    def _drop_rest(self) -> None:
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                job.drop()
