"""Invented records for the proofs' tests, made without the ledger's own writer; they hold no real person."""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from custodyd.ledger import tree
from custodyd.ledger.export import export
from custodyd.ledger.note import Checkpoint, Signer
from custodyd.ledger.suite import leaf_hash

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032 7.1, TEST 1
STATION = "custodyd/hz.example/st-01"
ORIGIN = f"{STATION}/1"
SCHEMA = Path(tree.__file__).parent / "schema"
START = 1_795_000_000_000_000


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def raw_entry(seq: int, kind: str, data: dict[str, Any], segment: str = "1", **more: Any) -> dict[str, Any]:
    at = START + seq * 1_000_000
    return {
        "v": 1,
        "seq": seq,
        "salt": b64encode(sha256(f"{segment}/{seq}".encode()).digest()[:16]).decode(),
        "station": "st-01",
        "segment": segment,
        "run": "00112233445566aa",
        "kind": kind,
        "happened": at,
        "happened_by": "daemon",
        "recorded": at,
        "mono": seq * 1_000_000,
        "data": data,
        **more,
    }


def entries(count: int, segment: str = "1", opened: dict[str, Any] | None = None) -> list[bytes]:
    origin = f"{STATION}/{segment}"
    facts: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("segment.opened", {"origin": origin, "vkey": Signer(origin, SEED).vkey, **(opened or {})}, {}),
        ("daemon.started", {"version": "0", "clean": True}, {}),
    ]
    facts += [
        ("door.opened", {"door": seq % 32 + 1, "note": "卷柜"}, {"device": f"lock-{seq % 3}"}) for seq in range(count)
    ]
    return [canonical(raw_entry(seq, *fact[:2], segment, **fact[2])) for seq, fact in enumerate(facts[:count])]


@dataclass(frozen=True)
class Sample:
    """A signed segment in memory."""

    entries: Sequence[bytes]
    origin: str = ORIGIN

    @property
    def signer(self) -> Signer:
        return Signer(self.origin, SEED)

    @property
    def vkey(self) -> str:
        return self.signer.vkey

    def levels(self, size: int | None = None) -> list[list[bytes]]:
        return tree.levels_over([leaf_hash(entry) for entry in self.entries[:size]])

    def root(self, size: int | None = None) -> bytes:
        return tree.joined(self.levels(size)[0])

    def note(self, size: int | None = None) -> str:
        number = len(self.entries) if size is None else size
        return self.signer.sign(Checkpoint(self.origin, number, self.root(number)))

    def export(self, directory: Path, size: int | None = None) -> Path:
        export(directory, self.note(size), self.vkey, self.entries)
        return directory


def database(path: Path, samples: Sequence[Sample], every: int = 7) -> Path:
    """A copy of a database with these segments, a checkpoint after every few entries and at the end."""
    connection = sqlite3.connect(path, isolation_level=None)
    for script in sorted(SCHEMA.glob("*.sql")):
        connection.executescript(script.read_text("utf-8"))
    connection.execute("BEGIN")
    for number, sample in enumerate(samples, 1):
        _segment(connection, number, sample, every)
    connection.execute("COMMIT")
    connection.close()
    return path


def _segment(connection: sqlite3.Connection, number: int, sample: Sample, every: int) -> None:
    name = sample.origin.rpartition("/")[2]
    connection.execute("INSERT INTO segment (segment, number, origin) VALUES (?,?,?)", (name, number, sample.origin))
    rows = [(number, seq, json.loads(entry)["kind"], entry) for seq, entry in enumerate(sample.entries)]
    connection.executemany("INSERT INTO entry (number, seq, kind, bytes) VALUES (?,?,?,?)", rows)
    for level, hashes in enumerate(sample.levels()):
        nodes = [(number, level, place, value) for place, value in enumerate(hashes)]
        connection.executemany("INSERT INTO node VALUES (?,?,?,?)", nodes)
    for size in sorted({*range(every, len(sample.entries), every), len(sample.entries)}):
        connection.execute(
            "INSERT INTO checkpoint (number, size, note) VALUES (?,?,?)", (number, size, sample.note(size))
        )


def two_segments(first: int = 20, second: int = 15) -> list[Sample]:
    """A closed segment and the one that names it."""
    old = Sample(entries(first))
    named = {"previous_origin": ORIGIN, "previous_size": first, "previous_root": old.root().hex()}
    return [old, Sample(entries(second, "2", named), f"{STATION}/2")]
