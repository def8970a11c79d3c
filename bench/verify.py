"""How fast a million entries are verified from an export and from a copy, beside bare hashing of the same bytes."""

import hashlib
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.ledger import Row
from custodyd.ledger import tree
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
GOAL = 3


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


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """How long `work` takes, the best of some runs: neighbours on the machine only ever add."""
    spans: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spans.append(time.perf_counter() - begun)
    return min(spans)


def sound(verdict: Verdict) -> None:
    """End the run when the bench's own record does not verify."""
    if not verdict.ok:
        raise SystemExit(f"the bench's own record does not verify: {verdict.findings[:3]}")


def measured(directory: Path, count: int) -> list[Row]:
    """All rows; the limit of each verification is bare hashing of the same bytes in this run."""
    entries = made(count)
    bare = seconds(lambda: [hashlib.sha256(entry).digest() for entry in entries])
    root = tree.joined(SUITE_1.leaf_hashes(entries))
    note = SIGNER.sign(Checkpoint(ORIGIN, count, root))
    writing = seconds(lambda: export(directory / "export", note, SIGNER.vkey, entries), times=1)
    copied(directory / "copy.db", entries, note)
    from_export = seconds(lambda: sound(verify_exports(directory / "export", TRUST, entries=False)))
    from_copy = seconds(lambda: sound(verify_database(directory / "copy.db", TRUST, entries=False)))
    beside = f"bare hashing, goal {GOAL}"
    return [
        Row(f"verifying an export of {count:,} entries", from_export, "s", bare, beside),
        Row(f"verifying a copy of the file with {count:,} entries", from_copy, "s", bare, beside),
        Row(f"exporting {count:,} entries", writing, "s", bare, "bare hashing"),
    ]


def main(count: int = 1_000_000) -> list[Row]:
    """The rows, measured in a temporary directory on the disk of TMPDIR."""
    with tempfile.TemporaryDirectory() as directory:
        return measured(Path(directory), count)


if __name__ == "__main__":
    for row in main():
        print(row)
