"""The one thread that writes: takes what has arrived, commits it together, signs, and tells the waiting; no rule."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from custodyd.ledger.errors import Broken, LedgerError, RecordUnavailable, Trouble, Unrecordable
from custodyd.ledger.store import Store
from custodyd.model.entry import Entry

BATCH = 1000
SIGN_WITHIN_S = 0.5  # a checkpoint is promised within 1 s after an entry


@dataclass(slots=True)
class Job:
    """One caller's work on the writer's thread and the future that waits for it. `append` jobs share transactions."""

    work: Callable[[], Any]
    future: "asyncio.Future[Any]"
    append: bool
    result: Any = None
    failure: LedgerError | None = None

    def do(self) -> None:
        """Run the work here."""
        self.result = self.work()


def _new_queue() -> "queue.SimpleQueue[Job | None]":
    return queue.SimpleQueue()


@dataclass(slots=True)
class Writer:
    """Owns the store after `start`. `made` builds it on the thread; `sign` makes a checkpoint when one is due."""

    store: Store
    sign: Callable[[], None]
    loop: asyncio.AbstractEventLoop
    committed: Callable[[], None]
    trouble: Trouble | None = None
    _queue: "queue.SimpleQueue[Job | None]" = field(default_factory=_new_queue)
    _thread: threading.Thread | None = None
    _unsigned_since: float | None = None
    _closed: bool = False

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread = threading.Thread(target=self._run, name="ledger writer", daemon=True)
        self._thread.start()

    async def append(self, work: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        """Run `work` in the next transaction; returns once durable. A cancelled caller's entries may still stand."""
        entries: tuple[Entry, ...] = await self._submit(work, append=True)
        return entries

    async def call(self, work: Callable[[], Any]) -> Any:
        """Run `work` alone on the writer's thread, outside any transaction."""
        return await self._submit(work, append=False)

    async def _submit(self, work: Callable[[], Any], *, append: bool) -> Any:
        if self._closed:
            raise RecordUnavailable("closed")
        future: asyncio.Future[Any] = self.loop.create_future()
        self._queue.put(Job(work, future, append))
        return await future

    async def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._closed = True
        self._queue.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    # --- on the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._closed = True
            self._abandon()

    def _abandon(self) -> None:
        # nobody may wait for a thread that has ended
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if job is not None:
                job.failure = RecordUnavailable("closed")
                self.loop.call_soon_threadsafe(_resolve, [job])

    def _work(self) -> None:
        while True:
            batch = self._take()
            stopping = None in batch
            jobs = [job for job in batch if job is not None]
            for group in _groups(jobs):
                self._serve(group)
            self._maintain(last=stopping)
            if stopping:
                return

    def _take(self) -> list[Job | None]:
        try:
            batch: list[Job | None] = [self._queue.get(timeout=self._pause())]
        except queue.Empty:
            return []
        while len(batch) < BATCH and batch[-1] is not None:
            try:
                batch.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return batch

    def _pause(self) -> float | None:
        if self._unsigned_since is None:
            return None
        return max(0.0, self._unsigned_since + SIGN_WITHIN_S - time.monotonic())

    def _serve(self, group: Sequence[Job]) -> None:
        if group[0].append:
            self._commit(group)
        else:
            _run_alone(group[0])
        self.loop.call_soon_threadsafe(_resolve, group)

    def _commit(self, group: Sequence[Job]) -> None:
        try:
            self.store.transact(lambda: self._all(group))
        except RecordUnavailable as exc:
            self._refused(exc, group)
            return
        except Broken as exc:
            self._refused(RecordUnavailable("failing", str(exc)), group)
            return
        if self._unsigned_since is None:
            self._unsigned_since = time.monotonic()
        self.trouble = None
        self.loop.call_soon_threadsafe(self.committed)

    def _all(self, group: Sequence[Job]) -> None:
        for job in group:
            job.failure = None
            try:
                self.store.savepoint(job.do)
            except Unrecordable as exc:
                job.failure = exc

    def _refused(self, exc: RecordUnavailable, group: Sequence[Job]) -> None:
        self.trouble = exc.reason
        for job in group:
            job.failure = exc

    def _maintain(self, *, last: bool) -> None:
        due = self._unsigned_since is not None and (last or self._pause() == 0.0)
        try:
            if due:
                self.sign()
                self._unsigned_since = None
            self.store.tidy()
        except RecordUnavailable as exc:
            self.trouble = exc.reason
            self._unsigned_since = time.monotonic() if due else self._unsigned_since
        except Broken:
            # nothing is signed over a record that is not what was signed; the next start quarantines it
            self.trouble = "failing"
            self._unsigned_since = None


def _groups(jobs: Sequence[Job]) -> list[list[Job]]:
    groups: list[list[Job]] = []
    for job in jobs:
        if groups and job.append and groups[-1][0].append:
            groups[-1].append(job)
        else:
            groups.append([job])
    return groups


def _run_alone(job: Job) -> None:
    try:
        job.do()
    except LedgerError as exc:
        job.failure = exc


def _resolve(group: Sequence[Job]) -> None:
    for job in group:
        if job.future.done():
            continue
        if job.failure is not None:
            job.future.set_exception(job.failure)
        else:
            job.future.set_result(job.result)
