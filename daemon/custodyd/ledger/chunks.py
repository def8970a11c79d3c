"""Hashing one chunk of a segment, in whichever process: its root, the roots within it, and what is wrong in it."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from custodyd.ledger import gaps, shape, tiles, tree
from custodyd.ledger.sources import Source, Unreadable
from custodyd.ledger.suite import SUITE_1
from custodyd.ledger.verdict import Finding

WORTH_A_PROCESS = 4
"""Chunks; below that a process costs more than it saves."""
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Task:
    """Chunk `number` of `source`; `sizes` = tree sizes within it whose roots are wanted; `place` = read entries too."""

    source: Source
    number: int
    sizes: tuple[int, ...]
    place: tuple[str, str] | None  # station, segment


@dataclass(frozen=True, slots=True)
class Result:
    """`root` of the chunk (None = unreadable); `partial` = size → root of the chunk's entries below that size."""

    root: bytes | None
    partial: dict[int, bytes]
    findings: tuple[Finding, ...]
    marks: tuple[gaps.Mark, ...] = ()
    last: int | None = None  # when its last entry was recorded


def hash_all(tasks: Sequence[Task]) -> list[Result]:
    """The results in order; another process helps with a long segment."""
    if len(tasks) < WORTH_A_PROCESS:
        return [hash_chunk(task) for task in tasks]
    # spawned, not forked: the caller may have threads; this process works too while the helper starts
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as helper:
        return _shared(tasks, helper)


def _shared(tasks: Sequence[Task], helper: Executor) -> list[Result]:
    """We take from the front, the helper from the back, where one task waits for it."""
    front, back = 0, len(tasks)
    ours: list[Result] = []
    theirs: deque[Future[Result]] = deque()
    while front < back:
        if sum(not one.done() for one in theirs) < _AHEAD:
            back -= 1
            theirs.appendleft(helper.submit(hash_chunk, tasks[back]))
        else:
            ours.append(hash_chunk(tasks[front]))
            front += 1
    return [*ours, *(one.result() for one in theirs)]


def hash_chunk(task: Task) -> Result:
    """Hash, compare with what is stored of the tree, and read the entries if asked for."""
    first = task.number * tiles.CHUNK
    reading = Reading(*task.place, first) if task.place else None
    leaves: list[bytes] = []
    try:
        for batch in task.source.batches(task.number):
            leaves += SUITE_1.leaf_hashes(batch)
            if reading:
                reading.take(batch)
        levels = tree.levels_over(leaves)
        findings = [*(reading.findings if reading else ()), *task.source.compare(task.number, levels)]
    except Unreadable as exc:
        return Result(None, {}, (*(reading.findings if reading else ()), exc.finding))
    whole, partial = _root(len(leaves), levels), {size: _root(size - first, levels) for size in task.sizes}
    if reading is None:
        return Result(whole, partial, tuple(findings))
    return Result(whole, partial, tuple(findings), tuple(reading.marks), reading.before)


def _root(size: int, levels: tiles.Levels) -> bytes:
    return tree.root(size, lambda level, index: levels[level][index])


@dataclass(slots=True)
class Reading:
    """The second pass over a chunk: what is wrong in its entries, and what they tell of gaps."""

    station: str
    segment: str
    seq: int
    before: int | None = None
    findings: list[Finding] = field(default_factory=list[Finding])
    marks: list[gaps.Mark] = field(default_factory=list[gaps.Mark])

    def take(self, batch: Sequence[bytes]) -> None:
        """Read the next entries."""
        for data in batch:
            entry, faults = shape.read(data, shape.Place(self.station, self.segment, self.seq))
            self.findings += [Finding(check, f"{self.segment}/{self.seq}", detail) for check, detail in faults]
            if entry is not None:
                told = gaps.mark(entry, self.before)
                self.marks += [told] if told else []
                self.before = entry.recorded
            self.seq += 1
