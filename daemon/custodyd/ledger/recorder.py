"""What the writer's thread does with the file: entries, segments, checkpoints, trouble; it knows no caller.

Not thread-safe: used on the writer's thread alone; others may read `head`, `trouble` and `broken`, and `give_up`.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from msgspec import structs

from custodyd.ledger import newest, tree
from custodyd.ledger.door import trouble_at
from custodyd.ledger.errors import Broken, LedgerError, RecordUnavailable, Trouble
from custodyd.ledger.note import BadNote, Checkpoint, Signer, parse
from custodyd.ledger.opening import Opened, mark_broken
from custodyd.ledger.origin import Origin
from custodyd.ledger.projections import Digests
from custodyd.ledger.scribe import Scribe
from custodyd.ledger.store import Head
from custodyd.ledger.suite import EMPTY_ROOT
from custodyd.model.entry import Draft, Entry, Fact
from custodyd.model.facts import record as facts

log = logging.getLogger(__name__)

_OWED_MOST = 10_000  # calls; a day of a busy station
Result = tuple[Entry, ...] | LedgerError


@dataclass(frozen=True, slots=True)
class Outage:
    """The disk refused entries from `since`; `told` = an entry says so; `lost` = owed entries beyond count."""

    reason: Trouble
    since: int
    told: bool = False
    lost: int = 0


@dataclass(slots=True)
class Recorder:
    """The store at work. `seed` is the sign key."""

    opened: Opened
    origin: Origin
    seed: bytes = field(repr=False)
    scribe: Scribe
    outage: Outage | None = None
    owed: deque[Sequence[Draft]] = field(default_factory=deque[Sequence[Draft]])
    broken: bool = False
    marked: int = 0

    @property
    def head(self) -> Head:
        """Where the record stands."""
        return self.opened.store.head

    @property
    def trouble(self) -> Trouble | None:
        """Why entries are, or may soon be, refused."""
        if self.broken:
            return "failing"
        return self.outage.reason if self.outage else None

    def signer(self, origin: str) -> Signer:
        """The sign key under the name of an origin."""
        return Signer(origin, self.seed)

    # --- entries -----------------------------------------------------------------------------------------------

    def append(self, batch: Sequence[Sequence[Draft]]) -> list[Result]:
        """Write each call's drafts, side by side, all or none; the error of a call fails that call alone.

        Everything is durable on return; raises RecordUnavailable when nothing is.
        """
        return self._durably(lambda: self._all(batch))

    def _all(self, batch: Sequence[Sequence[Draft]]) -> list[Result]:
        """All calls at one go; where one of them fails, each alone."""
        together = self._one([draft for drafts in batch for draft in drafts])
        if isinstance(together, LedgerError):
            return [together] if len(batch) == 1 else [self._one(drafts) for drafts in batch]
        entries = iter(together)
        return [tuple(islice(entries, len(drafts))) for drafts in batch]

    def _one(self, drafts: Sequence[Draft]) -> Result:
        try:
            return self.opened.store.alone(lambda: tuple([self._write(draft) for draft in drafts]))
        except (RecordUnavailable, Broken):
            raise
        except LedgerError as exc:
            return exc

    def _write(self, draft: Draft) -> Entry:
        head = self.opened.store.head
        if head.number == 0 or head.closed:
            self._open_segment()
        return self._append(draft)

    def _append(self, draft: Draft) -> Entry:
        store = self.opened.store
        head = store.head
        entry, data = self.scribe.write(draft, head.segment, head.edge.size)
        store.append(entry, data, closes=entry.kind == facts.SegmentClosed.kind)
        return entry

    def _durably(self, work: Callable[[], list[Result]]) -> list[Result]:
        """One transaction; where the disk is full, once more after the reserve was given back."""
        if self.broken:
            raise RecordUnavailable("failing", "the record is broken: the next start judges it")
        try:
            try:
                result = self._transaction(work)
            except RecordUnavailable as exc:
                self._note_outage(exc.reason)
                if exc.reason != "full" or not self.opened.reserve.give():
                    raise
                result = self._transaction(work)
        except Broken as exc:
            self.give_up(exc)
            raise RecordUnavailable("failing", str(exc)) from exc
        self._settle()
        return result

    def _transaction(self, work: Callable[[], list[Result]]) -> list[Result]:
        with self.opened.store.transaction():
            outage = self.outage
            if outage is not None and not outage.told:
                self._tell(facts.StorageFailed(reason=outage.reason, since=outage.since, lost=outage.lost))
            for drafts in self.owed:
                self._one(drafts)
            return work()

    def owe(self, drafts: Sequence[Draft]) -> None:
        """Keep what happened though it could not be written; of too many, the newest are counted only.

        Raises Unrecordable for what never could be.
        """
        for draft in drafts:
            self.scribe.write(draft, self.head.segment, self.head.size)
        if len(self.owed) < _OWED_MOST:
            self.owed.append(drafts)
        else:
            outage = self.outage or Outage("failing", self.scribe.clock.civil())
            self.outage = replace(outage, lost=outage.lost + len(drafts), told=False)

    # --- trouble -----------------------------------------------------------------------------------------------

    def _tell(self, fact: Fact) -> None:
        outage = self.outage
        happened = outage.since if outage else self.scribe.clock.civil()
        incident = f"storage.{happened}"
        self._one((Draft(fact=fact, happened=happened, incident=incident),))

    def _note_outage(self, reason: Trouble) -> None:
        if self.outage is None:
            self.outage = Outage(reason, self.scribe.clock.civil())
        elif self.outage.reason != reason:
            self.outage = replace(self.outage, reason=reason, told=False)

    def _settle(self) -> None:
        """After a commit: outage and debts stand in the record; the outage lasts while the reserve is spent."""
        self.owed.clear()
        if self.outage is not None:
            self.outage = replace(self.outage, told=True)

    def _recover(self) -> None:
        """Once the outage stands in the record and the reserve is whole again, say that it is over."""
        outage = self.outage
        if outage is None or not outage.told or not self.opened.reserve.keep():
            return
        with self.opened.store.transaction():
            self._tell(facts.StorageRestored(reason=outage.reason, since=outage.since))
        self.outage = None

    def beat(self) -> None:
        """Prove that the disk takes writes; raises RecordUnavailable when it does not."""
        self._durably(self._beat)

    def _beat(self) -> list[Result]:
        self.opened.store.beat(self.scribe.clock.civil())
        return []

    # --- segments ----------------------------------------------------------------------------------------------

    def open_first(self) -> None:
        """Begin a segment where the last one ended or there is none; raises RecordUnavailable."""
        self._mark()
        if self.head.number == 0 or self.head.closed:
            self._durably(self._opened_segment)
        self._mark()

    def next_segment(self, reason: str) -> None:
        """End the segment, sign it whole, begin the next; raises RecordUnavailable."""
        self.end_segment(reason)
        self.open_first()

    def end_segment(self, reason: str) -> None:
        """End the segment and sign it whole; whatever is appended next opens another."""
        closed = Draft(fact=facts.SegmentClosed(reason=reason), happened=self.scribe.clock.civil())
        for failed in self.append([[closed]]):
            if isinstance(failed, LedgerError):
                raise failed
        self.sign()

    def _mark(self) -> None:
        """Make the segment's number known outside the database; nothing is signed in it before."""
        if self.marked == self.head.number:
            return
        try:
            newest.keep(self.opened.store.directory, self.head.number)
        except OSError as exc:
            raise RecordUnavailable(trouble_at(self.opened.store.directory), str(exc)) from exc
        self.marked = self.head.number

    def _opened_segment(self) -> list[Result]:
        self._open_segment()
        return []

    def _open_segment(self) -> None:
        if self.head.closed:
            self._sign()  # a kill may have come between the last entry of a segment and its checkpoint
        before, aside = self.head, self.opened.aside
        number = before.number + 1 if before.number else self.opened.next_number
        origin = self.origin.of(str(number))
        fact = facts.SegmentOpened(origin=origin, vkey=self.signer(origin).vkey)
        if before.number:
            self._sign()  # the end may stand without its note: a crash or a full disk came between
            fact = _after(fact, before.origin, before.size, before.edge.root().hex())
        elif aside is not None:
            good = aside.confirmed
            named = _after(fact, good.origin, good.size, good.root) if good else self._after_nothing(fact, number)
            fact = structs.replace(named, broken=True)
        self.opened.store.open_segment(number, origin)
        self._append(Draft(fact=fact, happened=self.scribe.clock.civil()))

    def _after_nothing(self, fact: facts.SegmentOpened, number: int) -> facts.SegmentOpened:
        """No checkpoint confirms anything of the broken file: it is named, with size 0."""
        return _after(fact, self.origin.of(str(number - 1)), 0, EMPTY_ROOT.hex()) if number > 1 else fact

    # --- checkpoints -------------------------------------------------------------------------------------------

    def sign(self) -> None:
        """Sign the head unless it is signed; raises RecordUnavailable, also where the past was changed."""
        self._mark()
        self._durably(self._sign)

    def _sign(self) -> list[Result]:
        head, store = self.head, self.opened.store
        last = _parsed(store.last_note(head.number))
        root = head.edge.root()
        if last is not None and last.size == head.size and last.root == root:
            return []
        if last is not None:
            _prove(last, head.size, root, store.hash_at)
        note = self.signer(head.origin).sign(Checkpoint(head.origin, head.size, root))
        store.keep_note(head.size, note)
        return []

    # --- housekeeping ------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Between two batches: fold the log back, recover from an outage; raises RecordUnavailable."""
        if self.broken:
            return
        try:
            self.opened.store.fold_log()
            self._recover()
        except RecordUnavailable as exc:
            self._note_outage(exc.reason)
            raise
        except Broken as exc:
            self.give_up(exc)
            raise RecordUnavailable("failing", str(exc)) from exc

    def give_up(self, why: Exception) -> None:
        """The file is broken: nothing is written any more, and the next start judges it. From any thread."""
        if not self.broken:
            log.error("the record is broken, and is judged by the next start: %s", why)
        self.broken = True
        if not isinstance(why, Broken) or why.proven:
            mark_broken(self.opened.store.directory)

    def rebuild(self) -> Digests:
        """Make all projections anew from the entries; raises RecordUnavailable, Unrecordable."""
        found: list[Digests] = []

        def work() -> list[Result]:
            found.append(self.opened.store.rebuild())
            return []

        self._durably(work)
        return found[-1]

    def close(self) -> None:
        """Let go of file and lock."""
        self.opened.store.close()
        self.opened.lock.close()


def _after(fact: facts.SegmentOpened, origin: str, size: int, root: str) -> facts.SegmentOpened:
    return structs.replace(fact, previous_origin=origin, previous_size=size, previous_root=root)


def _parsed(note: tuple[int, str] | None) -> Checkpoint | None:
    if note is None:
        return None
    try:
        return parse(note[1])
    except BadNote as exc:
        raise Broken("the last checkpoint cannot be read") from exc


def _prove(last: Checkpoint, size: int, root: bytes, hash_at: tree.HashAt) -> None:
    if last.size > size:
        raise Broken("there are fewer entries than were signed")
    proof = tree.consistency(last.size, size, hash_at)
    if not tree.is_consistent(last.size, last.root, size, root, proof):
        raise Broken("the tree does not continue the last checkpoint")
