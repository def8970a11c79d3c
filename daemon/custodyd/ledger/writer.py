"""The one thread that writes: takes what has arrived, commits it together, tells the waiting; it knows no entry.

Cancellation: a caller that stops waiting takes nothing back. What it handed over is written, once, or fails unheard.
"""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from custodyd.ledger.errors import Broken, LedgerError, RecordUnavailable
from custodyd.model.entry import Draft, Entry

BATCH = 1000
SIGN_WITHIN_S = 0.5  # a checkpoint is promised within 1 s after an entry
_COMMITS = 1000  # of which the 99th percentile is told


class Works(Protocol):
    """What the thread drives; every method raises RecordUnavailable."""

    def append(self, batch: Sequence[Sequence[Draft]]) -> list[tuple[Entry, ...] | LedgerError]:
        """Write each call's drafts durably; an error stands for its own call."""
        ...

    def owe(self, drafts: Sequence[Draft]) -> None:
        """Keep for the first chance what was refused; raises Unrecordable."""
        ...

    def sign(self) -> None:
        """Sign the head unless it is signed."""
        ...

    def tidy(self) -> None:
        """Do what is done between two batches."""
        ...

    def give_up(self, why: Exception) -> None:
        """Nothing more is written in this run."""
        ...


@dataclass(slots=True, eq=False)
class _Job:
    """What a caller wants and the future it waits on: drafts to append, or `work` to do alone."""

    future: "asyncio.Future[Any]"
    drafts: Sequence[Draft] = ()
    owed: bool = False
    work: Callable[[], Any] | None = None
    served: bool = False
    result: Any = None
    error: LedgerError | None = None

    def done(self, result: Any) -> None:
        """Keep what came of it; an error is raised where it is awaited."""
        self.served = True
        if isinstance(result, LedgerError):
            self.error = result
        else:
            self.result = result


def _new_queue() -> "queue.SimpleQueue[_Job | None]":
    return queue.SimpleQueue()


@dataclass(slots=True)
class Writer:
    """Drives `works` on its own thread from `start` to `stop`; `committed` is called on the loop after entries."""

    works: Works
    loop: asyncio.AbstractEventLoop
    committed: Callable[[], None]
    elapsed: Callable[[], float]
    commit_seconds: deque[float] = field(default_factory=lambda: deque[float](maxlen=_COMMITS))
    committed_at: float | None = None  # elapsed seconds
    _queue: "queue.SimpleQueue[_Job | None]" = field(default_factory=_new_queue)
    _thread: threading.Thread = field(init=False)
    _unsigned_since: float | None = None
    _closed: bool = False

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread = threading.Thread(target=self._run, name="ledger writer", daemon=True)
        self._thread.start()

    def append(self, drafts: Sequence[Draft], *, owed: bool = False) -> "asyncio.Future[tuple[Entry, ...]]":
        """Write these drafts in the next transaction; done once durable. Raises RecordUnavailable, Unrecordable.

        `owed` = what the disk refuses is kept for the first chance, and nothing is returned.
        """
        return self._submit(_Job(self.loop.create_future(), drafts, owed))

    def call(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        """Run `work` between two batches; raises what it raises of LedgerError."""
        return self._submit(_Job(self.loop.create_future(), work=work))

    def _submit(self, job: _Job) -> "asyncio.Future[Any]":
        if self._closed:
            raise RecordUnavailable("closed")
        self._queue.put(job)
        return job.future

    async def stop(self) -> None:
        """Finish what is queued, sign, then end the thread."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    @property
    def ended(self) -> bool:
        """Whether it takes no more jobs."""
        return self._closed

    # --- on the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        last = False
        try:
            while not last:
                last = self._turn()
        finally:
            if not last:  # a mistake of ours ends the thread: the run must end, or nobody would write any more
                self.works.give_up(Broken("the writer has ended", proven=False))
            self._die()

    def _turn(self) -> bool:
        """Serve what has arrived; tells whether it was the last."""
        batch = self._take()
        jobs = [job for job in batch if job is not None]
        try:
            for group in _groups(jobs):
                self._serve(group)
        finally:
            # whoever is still unanswered here was in the hands of a thread that is dying
            self._answer([job for job in jobs if not job.served])
        last = None in batch
        self._maintain(last=last)
        return last

    def _take(self) -> list[_Job | None]:
        try:
            batch: list[_Job | None] = [self._queue.get(timeout=self._pause())]
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
        return max(0.0, self._unsigned_since + SIGN_WITHIN_S - self.elapsed())

    def _serve(self, group: Sequence[_Job]) -> None:
        work = group[0].work
        try:
            if work is None:
                self._append(group)
            else:
                group[0].done(work())
        except LedgerError as exc:
            for job in group:
                job.done(self._kept(job) if job.owed else exc)
            self._answer(group)
        else:
            self._answer(group, wrote=work is None)

    def _kept(self, job: _Job) -> tuple[Entry, ...] | LedgerError:
        try:
            self.works.owe(job.drafts)
        except LedgerError as exc:
            return exc
        return ()

    def _append(self, group: Sequence[_Job]) -> None:
        begun = self.elapsed()
        for job, result in zip(group, self.works.append([job.drafts for job in group]), strict=True):
            job.done(result)
        now = self.committed_at = self.elapsed()
        self.commit_seconds.append(now - begun)
        if self._unsigned_since is None:
            self._unsigned_since = now

    def _maintain(self, *, last: bool) -> None:
        due = self._unsigned_since is not None and (last or self._pause() == 0.0)
        try:
            if due:
                self.works.sign()
                self._unsigned_since = None
            self.works.tidy()
        except RecordUnavailable:
            # `works` keeps the reason; a note that could not be written is tried again after a pause
            self._unsigned_since = self.elapsed() if due else self._unsigned_since

    def _answer(self, jobs: Sequence[_Job], *, wrote: bool = False) -> None:
        if jobs:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                self.loop.call_soon_threadsafe(self._resolve, jobs, wrote)

    def _resolve(self, jobs: Sequence[_Job], wrote: bool) -> None:
        """On the loop: one call for the whole batch."""
        if wrote:
            self.committed()
        for job in jobs:
            if job.future.done():
                continue
            if job.error is None and job.served:
                job.future.set_result(job.result)
            else:
                job.future.set_exception(job.error or RecordUnavailable("closed", "the writer has ended"))

    def _die(self) -> None:
        """Nobody may wait for a thread that is gone."""
        self._closed = True
        left: list[_Job] = []
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._queue.get_nowait()
                left += [job] if job is not None else []
        self._answer(left)


def _groups(jobs: Sequence[_Job]) -> list[list[_Job]]:
    """Neighbouring appends share a transaction; other work stands alone, in its turn."""
    groups: list[list[_Job]] = []
    for job in jobs:
        if groups and job.work is None and groups[-1][0].work is None:
            groups[-1].append(job)
        else:
            groups.append([job])
    return groups
