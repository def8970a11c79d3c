"""The workflow of statutory clocks: every verb is one entry with its paper; the law counts, policy allows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from msgspec import structs

from custodyd import policy
from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import Record
from custodyd.desk.clocks.inputs import Inputs, reckoning
from custodyd.desk.clocks.ladder import rungs
from custodyd.desk.enrolment import Forbidden
from custodyd.desk.register import NotFound
from custodyd.labels import codes
from custodyd.law import Calendar, DataSet, Deadline, Extension, Length, Limit, NoCalendar, NoLength, Pause, WrongWay
from custodyd.model.civil import civil
from custodyd.model.entry import Actor, Draft, Entry, Fact, Rule
from custodyd.model.facts.clocks import ClockEnded, ClockMoved, ClockStarted, Reckoning, Step
from custodyd.model.projection import Row
from custodyd.reminders.ladder import steps

RULE_VERSION = 1
_UNCOUNTED: tuple[tuple[type[Exception], str], ...] = (
    (NoLength, "limit-no-length"),
    (NoCalendar, "calendar-missing"),
    (WrongWay, "limit-backward"),
)


@dataclass(frozen=True, slots=True)
class Start:
    """The instant that is counted from, by whose word, on which paper; `held` = a person is."""

    at: int
    asserted: str
    document: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class _Running:
    """One clock as it stands."""

    id: str
    row: Row
    inputs: Inputs
    law: Row

    @property
    def due(self) -> int | None:
        value = self.row["due"]
        return None if value is None else int(value)

    @property
    def ended(self) -> bool:
        return self.row["ended"] is not None

    @property
    def paused(self) -> bool:
        return self.law["paused"] is not None


@dataclass(frozen=True, slots=True)
class ClockDesk:
    """The clocks of one station. `law` gives the data set and the calendar in force now; `by` is who asks.

    Verbs raise NotFound, Forbidden (with the rule), RecordUnavailable. A clock that runs keeps the limit's number and
    data set that its last entry names until an entry moves it.
    """

    record: Record
    clock: Clock
    law: Callable[[], tuple[DataSet, Calendar]]
    fresh_id: Callable[[], str] = codes.fresh_id
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(
        self, case: str, limit: str, start: Start, by: Actor, *, object: str | None = None, request: str | None = None
    ) -> Entry:
        """A clock of `limit` for a case, or for one of its things; returns the entry (its id stands in `data`)."""
        async with self._turn:
            if self.record.view.get("case_file", case) is None:
                raise NotFound("case")
            now = self.clock.civil()
            same = self.record.view.select("clock", case_id=case, object=object, name=limit, start=start.at, ended=None)
            _allowed(policy.may_start_clock(runs=bool(same), ahead=start.at > now))
            inputs = Inputs(limit, start.at, start.document, start.asserted, start.held)
            found, counted = self._counted(inputs)
            fact = ClockStarted(
                id=self.fresh_id(), name=limit, due=found.due_us, steps=_ladder(found, start.at, now), start=start.at,
                asserted=start.asserted, document=start.document, held=start.held, reckoning=counted,
            )  # fmt: skip
            return await self._enter(fact, limit, case, object, by, request)

    async def extend(
        self, clock: str, total: Length, approver: str, document: str, by: Actor, *,
        decided: int | None = None, request: str | None = None,
    ) -> Entry:  # fmt: skip
        """A longer total from the same start, by an approver that the law names, on a paper."""
        async with self._turn:
            one = self._running(clock)
            _allowed(policy.may_change_clock(ended=one.ended, paused=one.paused))
            moment = self.clock.civil() if decided is None else decided
            inputs = one.inputs.extended(Extension(total, approver, document, civil(moment)))
            found, counted = self._counted(inputs)
            shortens = one.due is not None and found.due_us < one.due
            _allowed(policy.may_extend_clock(_void(found, "extension-void", document), shortens=shortens))
            fact = self._moved(one, found, counted, document, inputs.start)
            fact = structs.replace(fact, why="extended", approver=approver, length=str(total), decided=moment)
            return await self._move(one, fact, by, request)

    async def pause(
        self, clock: str, reason: str, document: str, by: Actor, *, at: int | None = None, request: str | None = None
    ) -> Entry:
        """It stands still from `at` on: no end, no level, until it is resumed."""
        async with self._turn:
            one = self._running(clock)
            _allowed(policy.may_change_clock(ended=one.ended, paused=one.paused))
            now = self.clock.civil()
            begin = now if at is None else at
            pause = Pause(civil(begin), civil(max(begin, now)), cast("Any", reason), document)
            found, _ = self._counted(one.inputs.paused(pause))
            void = "backwards" if begin > now else _void(found, "pause-void", document)
            _allowed(policy.may_pause_clock(void))
            fact = ClockMoved(
                id=clock, why="paused", document=document, steps=(), due_before=one.due, at=begin, reason=reason
            )
            return await self._move(one, fact, by, request)

    async def resume(
        self, clock: str, document: str, by: Actor, *, at: int | None = None, request: str | None = None
    ) -> Entry:
        """It goes on from `at`; what it stood still is no part of it."""
        async with self._turn:
            one = self._running(clock)
            _allowed(policy.may_resume_clock(ended=one.ended, paused=one.paused))
            now = self.clock.civil()
            end, begin = now if at is None else at, int(one.law["paused"] or 0)
            void = "backwards" if not begin <= end <= now else None if document.strip() else "no-document"
            _allowed(policy.may_pause_clock(void))
            pause = Pause(civil(begin), civil(end), cast("Any", str(one.law["reason"])), str(one.law["paper"]))
            found, counted = self._counted(one.inputs.paused(pause))
            fact = self._moved(one, found, counted, document, one.inputs.start)
            return await self._move(one, structs.replace(fact, why="resumed", at=end), by, request)

    async def correct(self, clock: str, start: Start, by: Actor, *, request: str | None = None) -> Entry:
        """Another start, on a paper; the old one stays beside it, and everything is counted again."""
        async with self._turn:
            one = self._running(clock)
            _allowed(policy.may_change_clock(ended=one.ended, paused=one.paused))
            same = self.record.view.select(
                "clock", case_id=one.row["case_id"], object=one.row["object"], name=one.row["name"],
                start=start.at, ended=None,
            )  # fmt: skip
            others = any(row["clock"] != clock for row in same)
            _allowed(policy.may_start_clock(runs=others, ahead=start.at > self.clock.civil()))
            inputs = replace(one.inputs, start=start.at, asserted=start.asserted, document=start.document)
            found, counted = self._counted(inputs)
            fact = self._moved(one, found, counted, start.document, start.at)
            fact = structs.replace(
                fact, why="corrected", start_before=one.inputs.start, start=start.at, asserted=start.asserted
            )
            return await self._move(one, fact, by, request)

    async def end(
        self, clock: str, by: Actor, *, met: bool, document: str | None = None, request: str | None = None
    ) -> Entry:
        """What it waited for happened, or it is waited for no longer."""
        async with self._turn:
            one = self._running(clock)
            _allowed(policy.may_end_clock(ended=one.ended))
            return await self._move(one, ClockEnded(id=clock, met=met, document=document), by, request)

    # --- what they share ---------------------------------------------------------------------------------------

    def _running(self, clock: str) -> _Running:
        row, read = self.record.view.get("clock", clock), Inputs.read(self.record.view, clock)
        if row is None or read is None:
            raise NotFound("clock")
        return _Running(clock, row, *read)

    def _limit(self, name: str) -> Limit:
        limits = self.law()[0].limits
        if name not in limits:
            raise NotFound("limit")
        return limits[name]

    def _counted(self, inputs: Inputs) -> tuple[Deadline, Reckoning]:
        law, calendar = self.law()
        limit = self._limit(inputs.limit)
        try:
            found = inputs.counted(limit, calendar)
        except (NoLength, NoCalendar, WrongWay) as exc:
            rule = next(rule for kind, rule in _UNCOUNTED if isinstance(exc, kind))
            raise Forbidden(policy.Refused(policy.rule(rule))) from exc
        return found, reckoning(limit, found, law)

    def _moved(self, one: _Running, found: Deadline, counted: Reckoning, document: str, start: int) -> ClockMoved:
        return ClockMoved(
            id=one.id, why="extended", document=document, steps=_ladder(found, start, self.clock.civil()),
            due_before=one.due, due=found.due_us, reckoning=counted,
        )  # fmt: skip

    async def _move(self, one: _Running, fact: Fact, by: Actor, request: str | None) -> Entry:
        case, thing = one.row["case_id"], one.row["object"]
        return await self._enter(
            fact, one.inputs.limit, str(case), str(thing) if thing is not None else None, by, request
        )

    async def _enter(
        self, fact: Fact, limit: str, case: str, object: str | None, by: Actor, request: str | None
    ) -> Entry:
        rule = Rule(limit, RULE_VERSION, self.law()[0].version)
        draft = Draft(
            fact=fact, happened=self.clock.civil(), actor=by, case=case, object=object, rule=rule, request=request
        )
        return (await self.record.append(draft))[0]


def _allowed(decision: policy.Decision) -> None:
    if isinstance(decision, policy.Refused):
        raise Forbidden(decision)


def _ladder(found: Deadline, start: int, now: int) -> tuple[Step, ...]:
    """Levels count from the earlier reading of the end."""
    return steps(rungs(found.total), start, found.alarm_us, now)


def _void(found: Deadline, op: str, document: str) -> str | None:
    """Why the law does not carry what was just added."""
    return next((line.text("why") for line in found.lines if line.op == op and line.text("document") == document), None)
