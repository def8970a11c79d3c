"""The record as the rest of the daemon sees it: append, read, follow, prove; it must not know what entries mean."""

import asyncio
import base64
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from custodyd.clock import Clock
from custodyd.ledger import rows, tree
from custodyd.ledger.canonical import decode, encode
from custodyd.ledger.errors import Broken, RecordUnavailable, Trouble
from custodyd.ledger.keys import StationKeys
from custodyd.ledger.note import Checkpoint, Signer
from custodyd.ledger.opening import Opened, open_store
from custodyd.ledger.seals import Seals
from custodyd.ledger.store import Store, connect
from custodyd.ledger.writer import Writer
from custodyd.model.entry import Cause, ClockState, Draft, Entry
from custodyd.model.facts import record as facts
from custodyd.model.projection import Projection

FORMAT = 1
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the record belongs: bureau and station, parts of [a-z0-9.-]."""

    bureau: str
    station: str
    simulated: bool = False

    def of(self, segment: str) -> str:
        """The origin of a segment."""
        prefix = "sim.custodyd" if self.simulated else "custodyd"
        return f"{prefix}/{self.bureau}/{self.station}/{segment}"


@dataclass(frozen=True, slots=True)
class Health:
    """How the record stands; `trouble` None = it takes entries; `free` bytes on its disk."""

    segment: str
    size: int
    trouble: Trouble | None
    free: int
    quarantined: bool


class Ledger:
    """One station's record. Made by `open`, ended by `stop`."""

    def __init__(
        self, origin: Origin, keys: StationKeys, seals: Seals, clock: Clock, store: Store, opened: Opened
    ) -> None:
        self.origin = origin
        self.run = secrets.token_hex(8)
        self.quarantined = opened.quarantined
        self.clean = opened.clean
        self.clock_state = ClockState()
        self._keys = keys
        self._seals = seals
        self._clock = clock
        self._store = store
        self._changed = asyncio.Event()
        self._reader = connect(store.path, write=False)
        self.view = rows.ReadRows(self._reader, store.tables)
        self._writer = Writer(store, self._sign, asyncio.get_running_loop(), self._wake)

    @classmethod
    async def open(
        cls,
        directory: Path,
        origin: Origin,
        keys: StationKeys,
        seals: Seals,
        clock: Clock,
        projections: Sequence[Projection],
    ) -> "Ledger":
        """Open or make the record in `directory`; raises WrongDirectory, RecordUnavailable.

        A broken file is put aside and a new segment names it.
        """

        def vkey_of(named: str) -> str:
            return Signer(named, keys.sign).vkey

        store, opened = await asyncio.to_thread(open_store, directory, projections, vkey_of, simulated=origin.simulated)
        self = cls(origin, keys, seals, clock, store, opened)
        if store.size == 0:
            self._begin_first(opened)
        self._writer.start()
        return self

    def _begin_first(self, opened: Opened) -> None:
        before = opened.confirmed
        segment = str(opened.first_segment)
        fact = facts.SegmentOpened(
            origin=self.origin.of(segment),
            vkey=self._signer(self.origin.of(segment)).vkey,
            previous_origin=before.origin if before else None,
            previous_size=before.size if before else None,
            previous_root=before.root if before else None,
            broken=opened.broken,
        )
        self._store.transact(lambda: self._store.savepoint(lambda: self._open_segment(segment, fact)))

    def _open_segment(self, segment: str, fact: facts.SegmentOpened) -> tuple[Entry, ...]:
        self._store.open_segment(segment, fact.origin)
        return (self._write(Draft(fact=fact, happened=self._clock.civil())),)

    # --- writing -----------------------------------------------------------------------------------------------

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make these entries durable, all or none, side by side; raises RecordUnavailable, Unrecordable."""
        return await self._writer.append(lambda: tuple(self._write(draft) for draft in drafts))

    def _write(self, draft: Draft) -> Entry:
        entry = self._entry(draft)
        self._store.append(entry, encode(entry))
        return entry

    def _entry(self, draft: Draft) -> Entry:
        data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(draft.fact))
        known = self.clock_state != ClockState()
        return Entry(
            v=FORMAT,
            seq=self._store.size,
            salt=base64.b64encode(secrets.token_bytes(16)).decode(),
            station=self.origin.station,
            segment=self._store.segment,
            run=self.run,
            kind=draft.fact.kind,
            happened=draft.happened,
            happened_by=draft.happened_by,
            recorded=self._clock.civil(),
            mono=round(self._clock.elapsed() * 1_000_000),
            data=data,
            incident=draft.incident,
            received=draft.received,
            clock=self.clock_state if known else None,
            actor=draft.actor,
            second=draft.second,
            device=draft.device,
            place=draft.place,
            case=draft.case,
            subject=draft.subject,
            object=draft.object,
            rule=draft.rule,
            request=draft.request,
            causes=draft.causes,
            sealed=tuple(self._seals.seal(label) for label in draft.labels),
        )

    async def heartbeat(self) -> None:
        """Make the writer prove itself; raises RecordUnavailable when the disk says no (which proves it lives)."""
        await self._writer.call(lambda: self._store.beat(self._clock.civil()))
        self._store.ensure_reserve()

    async def begin_segment(self, reason: str) -> None:
        """Close the segment in good order and open the next; raises RecordUnavailable."""
        await self.append(Draft(fact=facts.SegmentClosed(reason=reason), happened=self._clock.civil()))
        await self.checkpoint()
        await self._writer.append(self._next_segment)

    def _next_segment(self) -> tuple[Entry, ...]:
        segment = str(int(self._store.segment) + 1)
        fact = facts.SegmentOpened(
            origin=self.origin.of(segment),
            vkey=self._signer(self.origin.of(segment)).vkey,
            previous_origin=self._store.origin,
            previous_size=self._store.size,
            previous_root=self._store.root(self._store.size).hex(),
        )
        return self._open_segment(segment, fact)

    async def stop(self, reason: str) -> None:
        """End the run in good order: the last entry, the last checkpoint; a refusing disk is passed over."""
        try:
            await self.append(Draft(fact=facts.DaemonStopped(reason=reason), happened=self._clock.civil()))
        except RecordUnavailable:
            self.clean = False
        await self.close()

    async def close(self) -> None:
        """Let go of thread and file without an entry."""
        await self._writer.stop()
        self._reader.close()
        await asyncio.to_thread(self._store.close)

    # --- checkpoints -------------------------------------------------------------------------------------------

    def _signer(self, origin: str) -> Signer:
        return Signer(origin, self._keys.sign)

    def _sign(self) -> None:
        store = self._store
        last = store.last_note()
        if last is not None and last.size == store.size:
            return
        root = store.root(store.size)
        if last is not None:
            proof = tree.consistency(last.size, store.size, store.hash_at)
            if not tree.is_consistent(last.size, last.root, store.size, root, proof):
                raise Broken("the tree does not continue the last checkpoint")
        note = self._signer(store.origin).sign(Checkpoint(store.origin, store.size, root))
        store.keep_note(store.size, note)

    async def checkpoint(self) -> str:
        """Sign the head now, if it is not signed yet, and give the newest note; raises RecordUnavailable, Broken."""
        await self._writer.call(self._sign)
        found = self._reader.execute("SELECT note FROM checkpoint ORDER BY number DESC, size DESC LIMIT 1").fetchone()
        return str(found[0])

    @property
    def vkey(self) -> str:
        """The verifier key of the current segment."""
        return self._signer(self._store.origin).vkey

    async def rebuild(self) -> Mapping[str, tuple[str, str]]:
        """Fold everything anew: table → (digest as kept, digest as rebuilt); equal means the kept rows are right."""
        found: dict[str, tuple[str, str]] = await self._writer.call(self._store.rebuild)
        return found

    # --- reading -----------------------------------------------------------------------------------------------

    @property
    def health(self) -> Health:
        """How the record stands now."""
        room = os.statvfs(self._store.path.parent)
        free = room.f_bavail * room.f_frsize
        return Health(self._store.segment, self._store.size, self._writer.trouble, free, self.quarantined)

    def head(self) -> Cause:
        """The newest durable entry's place; (segment, -1) before the first."""
        found = self._reader.execute(
            "SELECT segment, seq FROM entry JOIN segment USING (number) ORDER BY number DESC, seq DESC LIMIT 1"
        ).fetchone()
        return (str(found[0]), int(found[1])) if found else ("1", -1)

    def entries(self, after: Cause | None = None, *, limit: int = _PAGE, case: str | None = None) -> list[Entry]:
        """Entries beyond `after` in order, of one case if named."""
        number, seq = self._number(after[0]) if after else 0, after[1] if after else -1
        sql = "SELECT bytes FROM entry WHERE (number, seq) > (?, ?)"
        values: list[object] = [number, seq]
        if case is not None:
            sql += ' AND "case" = ?'
            values.append(case)
        found = self._reader.execute(f"{sql} ORDER BY number, seq LIMIT ?", (*values, limit))
        return [decode(data) for (data,) in found]

    def entry(self, at: Cause) -> Entry | None:
        """The entry that stands at (segment, seq)."""
        sql = "SELECT bytes FROM entry WHERE number=? AND seq=?"
        found = self._reader.execute(sql, (self._number(at[0]), at[1])).fetchone()
        return decode(found[0]) if found else None

    def answered(self, request: str) -> Entry | None:
        """The entry that an earlier request with this idempotency key caused."""
        found = self._reader.execute("SELECT bytes FROM entry WHERE request=?", (request,)).fetchone()
        return decode(found[0]) if found else None

    def segments(self) -> list[tuple[str, str, int]]:
        """(segment, origin, number of entries) of every segment in this file."""
        sql = "SELECT segment, origin, count(*) FROM segment JOIN entry USING (number) GROUP BY number ORDER BY number"
        return [(str(segment), str(origin), int(size)) for segment, origin, size in self._reader.execute(sql)]

    def raw(self, segment: str, start: int, stop: int) -> Iterator[bytes]:
        """The stored bytes of entries start to stop-1 of a segment, for export."""
        sql = "SELECT bytes FROM entry WHERE number=? AND seq>=? AND seq<? ORDER BY seq"
        for (data,) in self._reader.execute(sql, (self._number(segment), start, stop)):
            yield data

    def note(self, segment: str) -> str | None:
        """The newest checkpoint of a segment."""
        sql = "SELECT note FROM checkpoint WHERE number=? ORDER BY size DESC LIMIT 1"
        found = self._reader.execute(sql, (self._number(segment),)).fetchone()
        return str(found[0]) if found else None

    def _number(self, segment: str) -> int:
        found = self._reader.execute("SELECT number FROM segment WHERE segment=?", (segment,)).fetchone()
        return int(found[0]) if found else 0

    async def follow(self, after: Cause) -> AsyncIterator[Entry]:
        """Entries beyond `after`, then new ones as they become durable; no gaps, no end."""
        while True:
            changed = self._changed
            page = self.entries(after)
            for entry in page:
                yield entry
                after = entry.at
            if not page:
                await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
