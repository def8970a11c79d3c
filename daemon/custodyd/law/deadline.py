"""When a period of the law ends, with the whole reckoning: the only door to the arithmetic of this floor.

CPL art. 105, AR art. 35, SPC21 art. 202; what they leave open is decided in docs/law.md. No clock is read: the start is
an argument, and nothing here depends on now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from custodyd.law.approval import in_force, pauses_that_count
from custodyd.law.calendar import DAY, Calendar
from custodyd.law.counting import last_day, minute
from custodyd.law.errors import NoLength, WrongWay
from custodyd.law.given import Extension, Pause
from custodyd.law.length import Length
from custodyd.law.limit import Basis, Limit
from custodyd.law.line import Line
from custodyd.law.period import Count, Period
from custodyd.model.civil import micros

Reading = Literal["latest-arguable", "unrolled", "conservative"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a period. All times are aware, +08:00; the end of a day is 00:00 of the next.

    `alternative` is the other reading, named by `kind_of_alternative`. `alarm` is the earlier reading, which reminders
    count from. `provisional`: holidays were missing, so the date is un-rolled. `lines`: each step, see `line.evaluate`.
    """

    limit: str
    start: datetime
    total: Length
    due: datetime
    alarm: datetime
    alternative: datetime | None
    kind_of_alternative: Reading | None
    provisional: bool
    lines: tuple[Line, ...]

    @property
    def due_us(self) -> int:
        """Microseconds UTC, as the record keeps it."""
        return micros(self.due)

    @property
    def alarm_us(self) -> int:
        """Microseconds UTC, as the record keeps it."""
        return micros(self.alarm)


def deadline(
    limit: Limit,
    start: datetime,
    *,
    calendar: Calendar,
    document: str = "",
    extensions: Sequence[Extension] = (),
    pauses: Sequence[Pause] = (),
    held: bool | None = None,
) -> Deadline:
    """The end of `limit` from `start`, which `document` asserts; `held` = whether a person is, None = not known.

    Extensions and pauses that the law does not carry are named in the lines and change nothing. Raises NoLength,
    NoCalendar (working days only), WrongWay for a backward limit, ValueError for a time without an offset.
    """
    length = _forward(limit)
    carried, void = pauses_that_count(limit, pauses)
    period = Period(limit, minute(start), calendar, carried, held)
    total, approvals = in_force(period, length, extensions)
    count = period.ends(total)
    head = [*_sources(limit, period.start), _from(period.start, document), Line("total", {"length": str(length)})]
    return _made(limit, period.start, total, count, [*head, *approvals, *void])


def before(limit: Limit, expiry: Deadline) -> Deadline:
    """The end of a backward `limit`: so many days before the earlier reading of `expiry`; it never rolls.

    Raises WrongWay for a forward limit, NoLength.
    """
    if not limit.backward:
        raise WrongWay(limit.id)
    if limit.length is None or limit.length.unit != "d":
        raise NoLength(limit.id)
    due = expiry.alarm - limit.length.amount * DAY
    head = [
        *_sources(limit, expiry.start),
        Line("start", {"at": expiry.alarm.isoformat(), "expiry": expiry.limit}),
        Line("total", {"length": str(limit.length)}),
    ]
    back = Line("back", {"count": limit.length.amount, "to": last_day(due).isoformat()})
    count = Count(due, [back, Line("unrolled", {"why": limit.rolling})], provisional=expiry.provisional)
    return _made(limit, expiry.start, limit.length, count, head)


def _forward(limit: Limit) -> Length:
    if limit.backward:
        raise WrongWay(limit.id)
    if limit.length is None:
        raise NoLength(limit.id)
    return limit.length


def _made(limit: Limit, start: datetime, total: Length, count: Count, head: list[Line]) -> Deadline:
    alternative, kind = _alternative(count)
    alarm, reading = _alarm(limit, count)
    ends = (Line("due", {"at": count.due.isoformat()}), Line("alarm", {"at": alarm.isoformat(), "reading": reading}))
    lines = (*head, *count.lines, *ends)
    return Deadline(limit.id, start, total, count.due, alarm, alternative, kind, count.provisional, lines)


def _alternative(count: Count) -> tuple[datetime | None, Reading | None]:
    if count.conservative is not None:
        return count.conservative, "conservative"
    if count.unrolled is not None:
        return count.unrolled, "unrolled"
    return count.arguable, "latest-arguable" if count.arguable is not None else None


def _alarm(limit: Limit, count: Count) -> tuple[datetime, str]:
    if count.conservative is not None:
        return count.conservative, "conservative"
    if limit.early and count.unrolled is not None:
        return count.unrolled, "unrolled"
    return count.due, "due"


def _from(at: datetime, document: str) -> Line:
    return Line("start", {"at": at.isoformat(), "document": document})


def _sources(limit: Limit, start: datetime) -> Iterator[Line]:
    yield from (_source(one, start) for one in limit.basis)
    if not limit.verified:
        yield Line("unverified", {"mark": limit.mark})


def _source(basis: Basis, start: datetime) -> Line:
    title = basis.instrument.title
    named = {"zh": title.zh, "en": title.en, "articles": basis.articles, "cites": basis.instrument.cites}
    version = basis.instrument.at(start.date())
    if version is None or version.since is None:
        return Line("law-unknown", {**named, "day": start.date().isoformat()})
    since = version.since.isoformat()
    return Line("law", {**named, "version": version.name, "since": since, "mark": version.mark})
