"""What holds for every start from 2020 to 2030, whatever the limit: order, extensions, custody, the reckoning."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.law.support import at, limit

from custodyd.law import (
    Calendar,
    Extension,
    ExtensionRule,
    Length,
    Limit,
    NoCalendar,
    Pause,
    Words,
    YearPlan,
    deadline,
    evaluate,
)
from custodyd.law.calendar import DAY
from custodyd.law.limit import Rolling
from custodyd.law.published import published
from custodyd.law.words import explained
from custodyd.settings.lawbook import shipped
from custodyd.texts import Locale

SURE_YEAR = 2026
CALENDAR = Calendar.of(plan for plan in published() if plan.year <= SURE_YEAR)
PATIENT = Calendar.of([*CALENDAR.plans.values(), YearPlan(SURE_YEAR + 1, frozenset(), frozenset(), "试验")])

FORWARD = [one for one in shipped().limits.values() if one.length and not one.backward]

starts = st.integers(0, 11 * 365 * 24 * 60).map(lambda minutes: at("2020-01-01") + timedelta(minutes=minutes))
held = st.sampled_from([True, False, None])
counted = st.sampled_from(["4h", "12h", "24h", "48h", "1d", "3d", "7d", "15d", "30d", "90d", "1mo", "2mo", "6mo", "1y"])
rollings: st.SearchStrategy[Rolling] = st.sampled_from(["never-custody", "never-policy", "roll", "local"])


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    length = draw(counted)
    flags = {name: draw(st.booleans()) for name in ("exact", "early", "earliest")}
    rolling = "never-hours" if length.endswith("h") else draw(rollings)
    return limit(length, rolling, pauses=("appraisal", "hearing"), **flags)


@st.composite
def pauses(draw: st.DrawFn, start: datetime) -> list[Pause]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        begin = start + timedelta(minutes=draw(st.integers(-5_000, 50_000)))
        end = begin + timedelta(minutes=draw(st.integers(0, 30_000)))
        found.append(Pause(begin, end, draw(st.sampled_from(["appraisal", "hearing"])), "文书1号"))
    return found


@given(limits(), starts, starts, held)
def test_a_later_start_never_ends_earlier(of: Limit, one: datetime, other: datetime, held: bool | None) -> None:
    first, second = (deadline(of, start, calendar=CALENDAR, held=held) for start in sorted([one, other]))
    # a date before rolling in a year without a plan is marked as provisional, and is no promise
    if not (first.provisional or second.provisional):
        assert first.due <= second.due
        assert first.alarm <= second.alarm


@given(limits(), starts, held, st.data())
def test_the_reckoning_done_again_gives_the_deadline(
    of: Limit, start: datetime, held: bool | None, data: st.DataObject
) -> None:
    found = deadline(of, start, calendar=CALENDAR, pauses=data.draw(pauses(start)), held=held)
    assert evaluate(found.lines) == (found.due, found.alarm)
    assert found.alarm <= found.due
    assert start - timedelta(minutes=1) < found.alarm
    for locale in Locale:
        assert not any("law." in line or "{" in line for line in explained(found.lines, locale))


@given(starts, st.integers(1, 15), st.data())
def test_working_days_done_again_give_the_deadline_or_name_the_year(
    start: datetime, count: int, data: st.DataObject
) -> None:
    of = limit(f"{count}wd", "workdays", pauses=("appraisal", "hearing"))
    still = data.draw(pauses(start))
    if start.year > SURE_YEAR:
        with pytest.raises(NoCalendar, match=str(start.year)):
            deadline(of, start, calendar=CALENDAR, pauses=still)
        return
    found = deadline(of, start, calendar=PATIENT, pauses=still)
    assert evaluate(found.lines) == (found.due, found.alarm)
    assert PATIENT.is_workday((found.due - DAY).date())


@given(starts, st.sampled_from(["3d", "7d", "30d", "2mo", "6mo"]), held, st.booleans())
def test_custody_never_rolls(start: datetime, length: str, held: bool | None, custody: bool) -> None:
    of = limit(length, "never-custody" if custody else "roll")
    plain = deadline(limit(length, "local"), start, calendar=Calendar())
    found = deadline(of, start, calendar=CALENDAR, held=held if custody else True)
    assert found.due == plain.due
    assert not found.provisional


@given(limits(), starts, held, st.data())
def test_an_extension_never_shortens(of: Limit, start: datetime, held: bool | None, data: st.DataObject) -> None:
    assert of.length is not None
    longer = Length(of.length.amount * 3, of.length.unit)
    rule = ExtensionRule(longer, of.length, ("county-psb-head",), Words("", ""), repeats=data.draw(st.booleans()))
    extended = limit(str(of.length), of.rolling, extensions=(rule,), pauses=of.pauses, earliest=of.earliest)
    still = data.draw(pauses(start))
    asked = Extension(
        Length(data.draw(st.integers(1, 9)) * of.length.amount, of.length.unit),
        data.draw(st.sampled_from(["county-psb-head", "case-unit-head"])),
        data.draw(st.sampled_from(["", "文书2号"])),
        start + timedelta(hours=data.draw(st.integers(-100, 10_000))),
    )
    before = deadline(extended, start, calendar=CALENDAR, pauses=still, held=held)
    after = deadline(extended, start, calendar=CALENDAR, pauses=still, held=held, extensions=[asked])
    if not after.provisional:
        assert before.due <= after.due
        assert before.alarm <= after.alarm
    assert (after.total == before.total) == any(line.op == "extension-void" for line in after.lines)
    assert evaluate(after.lines) == (after.due, after.alarm)


@given(
    st.sampled_from([one for one in shipped().limits.values() if one.length and not one.backward]), starts, starts, held
)
def test_every_shipped_limit_keeps_its_order_and_its_reckoning(
    of: Limit, one: datetime, other: datetime, held: bool | None
) -> None:
    if of.rolling == "workdays":
        one, other = (start.replace(year=2020 + start.year % 6, day=min(start.day, 28)) for start in (one, other))
    first, second = (deadline(of, start, calendar=CALENDAR, held=held) for start in sorted([one, other]))
    assert evaluate(first.lines) == (first.due, first.alarm)
    if not (first.provisional or second.provisional):
        assert first.due <= second.due
    if of.rolling.startswith("never") or held:
        assert not first.provisional
        assert all(line.op != "roll" for line in first.lines)
