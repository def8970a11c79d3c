"""Hashing one chunk of a segment, in whichever process: its root, the roots within it, and what is wrong in it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from custodyd.ledger import gaps, shape, tiles, tree
from custodyd.ledger.sources import Source, Unreadable
from custodyd.ledger.suite import SUITE_1
from custodyd.ledger.verdict import Finding

_PROCESSES = 2
_WORTH_A_PROCESS = 4  # chunks; below that a process costs more than it saves


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


def hash_all(tasks: Sequence[Task]) -> Iterator[Result]:
    """The results in order; two processes share a long segment."""
    if len(tasks) < _WORTH_A_PROCESS:
        yield from map(hash_chunk, tasks)
        return
    # spawned, not forked: the caller may have threads
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as pool:
        yield from pool.map(hash_chunk, tasks)


def hash_chunk(task: Task) -> Result:
    """Hash, compare with what is stored of the tree, and read the entries if asked for."""
    try:
        entries = task.source.entries(task.number)
        levels = tree.levels_over(SUITE_1.leaf_hashes(entries))
        findings = list(task.source.compare(task.number, levels))
    except Unreadable as exc:
        return Result(None, {}, (exc.finding,))
    first = task.number * tiles.CHUNK
    partial = {size: tree.root(size - first, lambda level, index: levels[level][index]) for size in task.sizes}
    if task.place is None:
        return Result(tree.joined(levels[0]), partial, tuple(findings))
    read = _read(entries, first, *task.place)
    return Result(tree.joined(levels[0]), partial, (*findings, *read.findings), read.marks, read.last)


def _read(entries: Sequence[bytes], first: int, station: str, segment: str) -> Result:
    findings: list[Finding] = []
    marks: list[gaps.Mark] = []
    before: int | None = None
    for seq, data in enumerate(entries, first):
        entry, faults = shape.read(data, shape.Place(station, segment, seq))
        findings.extend(Finding(check, f"{segment}/{seq}", detail) for check, detail in faults)
        if entry is not None:
            told = gaps.mark(entry, before)
            marks.extend([told] if told else [])
            before = entry.recorded
    return Result(None, {}, tuple(findings), tuple(marks), before)
