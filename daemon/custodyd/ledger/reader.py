"""Reading the record: entries, notes, hashes and projections, never more than what is durable; it cannot write.

One reader per thread: a connection is not shared.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from custodyd.ledger import door
from custodyd.ledger.canonical import decode
from custodyd.ledger.errors import Broken, RecordUnavailable
from custodyd.ledger.rows import ReadRows
from custodyd.ledger.store import hash_at
from custodyd.ledger.tree import HashAt
from custodyd.model.entry import Cause, Entry
from custodyd.model.facts import record as facts
from custodyd.model.projection import Table

PAGE = 200


class Reader:
    """A look at the file of `directory`; `view` reads the projections. Ends with `close`.

    Every question raises RecordUnavailable where it has no answer; where the file is damaged, `broken` is told first.
    """

    def __init__(self, directory: Path, tables: Sequence[Table], broken: Callable[[Exception], None]) -> None:
        self._directory = directory
        self._broken = broken
        with door.ours(directory):
            self._connection = door.open_reader(directory / door.FILE)
        self.view = ReadRows(self._all, tables)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # --- entries -----------------------------------------------------------------------------------------------

    def head(self) -> Cause:
        """The newest durable entry's place; ("1", -1) before the first."""
        found = self._one("SELECT number, seq FROM entry ORDER BY number DESC, seq DESC LIMIT 1")
        return (str(found[0]), int(found[1])) if found else ("1", -1)

    def entry(self, at: Cause) -> Entry | None:
        """The entry that stands at (segment, seq)."""
        return self._first("SELECT bytes FROM entry WHERE number = ? AND seq = ?", _number(at[0]), at[1])

    def entries(
        self, after: Cause | None = None, *, limit: int = PAGE, kind: str | None = None, case: str | None = None
    ) -> list[Entry]:
        """Entries beyond `after` in order: of one case, of a kind or of all kinds that begin with `kind`."""
        place = (_number(after[0]), after[1]) if after else (0, -1)
        where, values = ["(number, seq) > (?, ?)"], list[object](place)
        if kind is not None:
            where.append("kind >= ? AND kind < ?")
            values += [kind, kind + "\U0010ffff"]
        if case is not None:
            where.append('"case" = ?')
            values.append(case)
        sql = f"SELECT bytes FROM entry WHERE {' AND '.join(where)} ORDER BY number, seq LIMIT ?"  # noqa: S608 - fixed texts
        return self._decoded(sql, (*values, limit))

    def incident(self, incident: str) -> list[Entry]:
        """The entries of one incident."""
        sql = "SELECT bytes FROM entry WHERE incident = ? ORDER BY number, seq"
        return self._decoded(sql, (incident,))

    def answered(self, request: str) -> Entry | None:
        """The entry that an earlier request with this idempotency key caused."""
        return self._first("SELECT bytes FROM entry WHERE request = ?", request)

    def newest(self, kind: str) -> Entry | None:
        """The newest entry of a kind."""
        return self._first("SELECT bytes FROM entry WHERE kind = ? ORDER BY rowid DESC LIMIT 1", kind)

    def unconfirmed_since(self) -> Cause | None:
        """The first entry after the newest quarantine: what stood before it waits for a sensor or a count."""
        sql = "SELECT bytes FROM entry WHERE kind = ? ORDER BY number DESC"
        opened = self._decoded(sql, (facts.SegmentOpened.kind,))
        return next((entry.at for entry in opened if entry.data.get("broken") is True), None)

    # --- proof -------------------------------------------------------------------------------------------------

    def segments(self) -> list[tuple[str, str, int]]:
        """(segment, origin, number of entries) of every segment in this file."""
        sql = (
            "SELECT segment, origin, (SELECT max(seq) + 1 FROM entry WHERE entry.number = segment.number) "
            "FROM segment ORDER BY number"
        )
        return [(str(segment), str(origin), int(size)) for segment, origin, size in self._all(sql, ())]

    def raw(self, segment: str, start: int, stop: int) -> Iterator[bytes]:
        """The stored bytes of entries start to stop-1 of a segment, a page at a time."""
        sql = "SELECT bytes FROM entry WHERE number = ? AND seq >= ? AND seq < ? ORDER BY seq"
        number = _number(segment)
        while start < stop:
            page = self._all(sql, (number, start, min(stop, start + PAGE)))
            if not page:
                return
            for (data,) in page:
                yield data
            start += len(page)

    def note(self, segment: str, size: int | None = None) -> str | None:
        """A segment's newest checkpoint, or the one over `size` entries."""
        if size is None:
            sql = "SELECT note FROM checkpoint WHERE number = ? ORDER BY size DESC LIMIT 1"
            found = self._one(sql, _number(segment))
        else:
            found = self._one("SELECT note FROM checkpoint WHERE number = ? AND size = ?", _number(segment), size)
        return str(found[0]) if found else None

    def hashes(self, segment: str) -> HashAt:
        """The stored tree of a segment, for proofs; raises Broken where a hash is missing."""
        number = _number(segment)
        return lambda level, position: hash_at(self._connection, number, level, position)

    def _first(self, sql: str, *values: object) -> Entry | None:
        found = self._decoded(sql, values)
        return found[0] if found else None

    def _decoded(self, sql: str, values: Sequence[object]) -> list[Entry]:
        rows = self._all(sql, values)
        try:
            return [decode(data) for (data,) in rows]
        except (msgspec.DecodeError, TypeError) as exc:
            raise self._damaged(exc) from exc

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        found = self._all(sql, values)
        return found[0] if found else None

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            with door.ours(self._directory):
                return self._connection.execute(sql, values).fetchall()
        except Broken as exc:
            raise self._damaged(exc) from exc

    def _damaged(self, found: Exception) -> RecordUnavailable:
        self._broken(found)
        return RecordUnavailable("failing", str(found))


def _number(segment: str) -> int:
    """0, which no segment has, for what is no segment's id."""
    return int(segment) if segment.isascii() and segment.isdecimal() else 0
