"""How fast a million entries are verified from an export and from a copy, beside bare hashing of the same bytes."""

import contextlib
import hashlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figure import Figure, ratio, table
from custodyd.ledger import chunks, tree
from custodyd.ledger.export import export
from custodyd.ledger.note import Checkpoint, Signer
from custodyd.ledger.segments import Trust
from custodyd.ledger.suite import SUITE_1
from custodyd.ledger.verdict import Verdict
from custodyd.ledger.verify import verify_database, verify_exports

ORIGIN = "sim.custodyd/bench/bench/1"
SIGNER = Signer(ORIGIN, bytes(32))
TRUST = Trust((SIGNER.vkey,))
SCHEMA = Path(tree.__file__).parent / "schema"
ENTRY_BYTES = 360
ROUNDS = 3


def made(count: int) -> list[bytes]:
    """So many different entries of the usual length; the quick pass reads none of them."""
    return [b'{"data":{"door":7},"seq":%d,' % number + b" " * (ENTRY_BYTES - 40) + b'"v":1}' for number in range(count)]


def copied(path: Path, entries: list[bytes], note: str) -> None:
    """A copy of the record's file with these entries in one segment."""
    connection = sqlite3.connect(path, isolation_level=None)
    for script in sorted(SCHEMA.glob("*.sql")):
        connection.executescript(script.read_text("utf-8"))
    connection.execute("BEGIN")
    connection.execute("INSERT INTO segment (segment, number, origin) VALUES ('1', 1, ?)", (ORIGIN,))
    rows = ((1, seq, "bench", entry) for seq, entry in enumerate(entries))
    connection.executemany("INSERT INTO entry (number, seq, kind, bytes) VALUES (?,?,?,?)", rows)
    connection.execute("INSERT INTO checkpoint (number, size, note) VALUES (1, ?, ?)", (len(entries), note))
    connection.execute("COMMIT")
    connection.close()


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def sound(verdict: Verdict) -> None:
    """End the run when the bench's own record does not verify."""
    if not verdict.ok:
        raise SystemExit(f"the bench's own record does not verify: {verdict.findings[:3]}")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """No second process helps."""
    worth, chunks.WORTH_A_PROCESS = chunks.WORTH_A_PROCESS, 1 << 62
    try:
        yield
    finally:
        chunks.WORTH_A_PROCESS = worth


def measured(directory: Path, count: int) -> list[Figure]:
    """All figures; the limit of each is bare hashing of the same bytes just before and after."""
    entries = made(count)
    root = tree.joined(SUITE_1.leaf_hashes(entries))
    note = SIGNER.sign(Checkpoint(ORIGIN, count, root))
    export(directory / "export", note, SIGNER.vkey, entries)
    copied(directory / "copy.db", entries, note)

    def bare() -> float:
        return seconds(lambda: [hashlib.sha256(entry).digest() for entry in entries])

    def from_export() -> None:
        sound(verify_exports(directory / "export", TRUST, entries=False))

    def from_copy() -> None:
        sound(verify_database(directory / "copy.db", TRUST, entries=False))

    def written() -> None:
        export(directory / f"again{time.perf_counter_ns()}", note, SIGNER.vkey, entries)

    with alone():
        single = [_beside(f"an export of {count:,} entries verified in one process", bare, from_export, 3)]
    return [
        *single,
        _beside(f"an export of {count:,} entries verified in two processes", bare, from_export, 2),
        _beside(f"a copy of the file with {count:,} entries verified in two processes", bare, from_copy, 2),
        _beside(f"{count:,} entries exported", bare, written, None),
    ]


def _beside(what: str, bare: Callable[[], float], work: Callable[[], object], goal: float | None) -> Figure:
    spans: list[float] = []
    limits: list[float] = []
    before = bare()
    for _ in range(ROUNDS):
        spans.append(seconds(work))
        after = bare()
        limits.append((before + after) / 2)
        before = after
    found = ratio(spans, limits)
    told = (f"≤ {goal:g} ×", found <= goal) if goal else ("", None)
    return Figure(what, statistics.median(spans), "s", statistics.median(limits), "bare hashing", found, *told)


def figures(count: int = 1_000_000) -> list[Figure]:
    """Measured in a temporary directory on the disk of TMPDIR."""
    with tempfile.TemporaryDirectory() as directory:
        return measured(Path(directory), count)


def main() -> int:
    """Print the table."""
    print(table(figures()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
