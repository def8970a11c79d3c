"""The record as the rest of the daemon sees it: append, read, follow, prove; it must not know what entries mean."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from custodyd.clock import Clock, rfc3339
from custodyd.ledger import door, quarantine
from custodyd.ledger.errors import RecordUnavailable
from custodyd.ledger.health import LOW_BYTES, Health, percentile
from custodyd.ledger.keys import StationKeys
from custodyd.ledger.note import Signer
from custodyd.ledger.opening import open_record
from custodyd.ledger.origin import Origin
from custodyd.ledger.projections import Digests
from custodyd.ledger.reader import PAGE, Reader
from custodyd.ledger.recorder import Recorder
from custodyd.ledger.scribe import Scribe
from custodyd.ledger.seals import Seals
from custodyd.ledger.tree import HashAt
from custodyd.ledger.writer import Writer
from custodyd.model.entry import Cause, ClockState, Draft, Entry, Fact
from custodyd.model.facts import KINDS
from custodyd.model.facts import record as facts
from custodyd.model.projection import Projection, View


class Ledger:
    """One station's record. Made by `open`, ended by `stop` (or `close`, as if the daemon had died)."""

    def __init__(self, directory: Path, recorder: Recorder, clock: Clock) -> None:
        self.origin = recorder.origin
        self.run = recorder.scribe.run
        self.quarantined = bool(quarantine.places(directory))
        self.clean = recorder.opened.clean
        self._directory = directory
        self._recorder = recorder
        self._reader = self.reader()
        self.view: View = self._reader.view
        self._clock = clock
        self._changed = asyncio.Event()
        self._ended = False
        self._writer = Writer(recorder, asyncio.get_running_loop(), self._wake, clock.elapsed)

    @classmethod
    async def open(
        cls,
        directory: Path,
        origin: Origin,
        keys: StationKeys,
        seals: Seals,
        clock: Clock,
        projections: Sequence[Projection],
        *,
        kinds: Mapping[str, type[Fact]] = KINDS,
        free_bytes: Callable[[], int] | None = None,
    ) -> "Ledger":
        """Open or make the record in `directory`; raises as `opening.open_record`.

        A broken file is put aside into `quarantine/` and a new segment names it; `clean` and `quarantined` tell.
        """

        def begin() -> Recorder:
            free = free_bytes or partial(door.free_bytes, directory)
            opened = open_record(directory, projections, origin, lambda named: Signer(named, keys.sign).vkey, free)
            scribe = Scribe(origin.station, clock, kinds, seals.seal)
            return _begun(Recorder(opened, origin, keys.sign, scribe))

        # the file is made by a thread that may be waited for, not cancelled: a lock must not outlive its caller
        recorder = await _uncancelled(begin)
        try:
            self = cls(directory, recorder, clock)
        except BaseException:
            recorder.close()
            raise
        self._writer.start()
        return self

    # --- writing -----------------------------------------------------------------------------------------------

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make these entries durable, all or none, side by side; raises RecordUnavailable, Unrecordable, Erased.

        One of them may carry a `request` (Repeated if it stands already). A caller that is cancelled takes nothing
        back: its entries may still be written, once.
        """
        return await self._writer.append(drafts)

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself: now, or, where the disk refuses, before anything else once it can.

        Nothing then stands in the record yet, so nothing is returned. Raises Unrecordable, Erased, and
        RecordUnavailable only when the ledger is closed.
        """
        return await self._writer.append(drafts, owed=True)

    @property
    def clock_state(self) -> ClockState:
        """What is known of the clock; written into every entry from now on."""
        return self._recorder.scribe.clock_state

    @clock_state.setter
    def clock_state(self, state: ClockState) -> None:
        self._recorder.scribe.clock_state = state

    async def heartbeat(self) -> None:
        """Make the writer prove itself; raises RecordUnavailable when the disk says no (which proves it lives)."""
        await self._writer.call(self._recorder.beat)

    async def begin_segment(self, reason: str) -> None:
        """Close the segment in good order, sign it, open the next; raises RecordUnavailable."""
        await self._writer.call(partial(self._recorder.next_segment, reason))
        self._wake()

    async def roll_over_if_due(self, now: int) -> bool:
        """At a quiet moment: begin the new civil year's segment, if the clock is synchronised; tells whether it did."""
        opened = self.entry((self._recorder.head.segment, 0))
        if opened is None or not self.clock_state.synced or _year(now) <= _year(opened.recorded):
            return False
        await self.begin_segment("year")
        return True

    async def stop(self, reason: str, *, closing: str | None = None) -> None:
        """End the run in good order: the last entry, the last checkpoint; a refusing disk is passed over.

        `closing` = "key" also ends the segment, as a change of the sign key or of the station's name asks for.
        """
        try:
            await self.append(Draft(fact=facts.DaemonStopped(reason=reason), happened=self._clock.civil()))
            if closing is not None:
                await self._writer.call(partial(self._recorder.end_segment, closing))
        except RecordUnavailable:
            self.clean = False
        await self.close()

    async def close(self) -> None:
        """Let go of thread and file without an entry; what was appended is signed. May be called twice."""
        if self._ended:
            return
        self._ended = True
        await self._writer.stop()
        self._wake()
        self._reader.close()
        await asyncio.to_thread(self._recorder.close)

    # --- proof -------------------------------------------------------------------------------------------------

    async def checkpoint(self) -> str:
        """Sign the head now, if it is not signed yet, and give its note; raises RecordUnavailable.

        Where the past does not fit the last signed note nothing is signed, and the next start puts the file aside.
        """
        await self._writer.call(self._recorder.sign)
        return self._reader.note(self._recorder.head.segment) or ""

    @property
    def vkey(self) -> str:
        """The verifier key of the current segment."""
        return self.vkey_of(self._recorder.head.segment)

    def vkey_of(self, segment: str) -> str:
        """The verifier key that `segment.opened` declares; of this run's sign key where there is no such segment."""
        opened = self.entry((segment, 0))
        if opened is not None:
            return str(opened.data["vkey"])
        return self._recorder.signer(self.origin.of(segment)).vkey

    async def rebuild(self) -> Digests:
        """Fold everything anew: table → (digest as kept, digest as rebuilt); nothing is written meanwhile."""
        found: Digests = await self._writer.call(self._recorder.rebuild)
        return found

    # --- reading -----------------------------------------------------------------------------------------------

    def reader(self) -> Reader:
        """A reader of its own for another thread, which closes it; raises RecordUnavailable."""
        return Reader(self._directory, self._recorder.opened.store.projections.tables, self._recorder.give_up)

    @property
    def health(self) -> Health:
        """How the record stands now."""
        head, writer = self._recorder.head, self._writer
        free = self._recorder.opened.reserve.free()
        since = None if writer.committed_at is None else self._clock.elapsed() - writer.committed_at
        return Health(
            segment=head.segment,
            size=head.size,
            trouble="closed" if self._ended or writer.ended else self._recorder.trouble,
            free=free,
            low=free < LOW_BYTES,
            quarantined=self.quarantined,
            broken=self._recorder.broken,
            committed_s=since,
            commit_p99_ms=percentile(writer.commit_seconds.copy(), 99) * 1000,
        )

    @property
    def unconfirmed_since(self) -> Cause | None:
        """Where the newest quarantine is entered: facts from before it wait for a sensor or a count. None = never."""
        return self._reader.unconfirmed_since()

    @property
    def last_lodged(self) -> tuple[str, int] | None:
        """(segment, size) of the newest checkpoint that anyone outside has seen."""
        entry = self._reader.newest(facts.CheckpointLodged.kind)
        return (str(entry.data["of_segment"]), int(entry.data["size"])) if entry else None

    def head(self) -> Cause:
        """The newest durable entry's place."""
        return self._reader.head()

    def entries(
        self, after: Cause | None = None, *, limit: int = PAGE, kind: str | None = None, case: str | None = None
    ) -> list[Entry]:
        """Entries beyond `after` in order: of one case, of a kind or of all kinds that begin with `kind`."""
        return self._reader.entries(after, limit=limit, kind=kind, case=case)

    def entry(self, at: Cause) -> Entry | None:
        """The entry that stands at (segment, seq)."""
        return self._reader.entry(at)

    def incident(self, incident: str) -> list[Entry]:
        """The entries of one incident, oldest first."""
        return self._reader.incident(incident)

    def answered(self, request: str) -> Entry | None:
        """The entry that an earlier request with this idempotency key caused."""
        return self._reader.answered(request)

    def segments(self) -> list[tuple[str, str, int]]:
        """(segment, origin, number of entries) of every segment in this file."""
        return self._reader.segments()

    def raw(self, segment: str, start: int, stop: int) -> Iterator[bytes]:
        """The stored bytes of entries start to stop-1 of a segment, for export."""
        return self._reader.raw(segment, start, stop)

    def note(self, segment: str, size: int | None = None) -> str | None:
        """A segment's newest checkpoint, or the one over `size` entries."""
        return self._reader.note(segment, size)

    def hashes(self, segment: str) -> HashAt:
        """The stored tree of a segment, for proofs."""
        return self._reader.hashes(segment)

    async def follow(self, after: Cause) -> AsyncIterator[Entry]:
        """Entries beyond `after`, then new ones as they become durable, without gaps; ends when the ledger does."""
        while not self._ended:
            changed = self._changed
            page = self.entries(after)
            for entry in page:
                yield entry
                after = entry.at
            if page:
                await asyncio.sleep(0)  # whoever follows through thousands of entries lets others run between pages
            else:
                await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _begun(recorder: Recorder) -> Recorder:
    try:
        recorder.open_first()
        recorder.opened.reserve.keep()
    except BaseException:
        recorder.close()
        raise
    return recorder


async def _uncancelled(begin: Callable[[], Recorder]) -> Recorder:
    task = asyncio.ensure_future(asyncio.to_thread(begin))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_abandon)
        raise


def _abandon(task: "asyncio.Future[Recorder]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _year(civil: int) -> str:
    return rfc3339(civil)[:4]
