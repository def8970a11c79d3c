"""Single decisions of the arithmetic, each with the sentence that says why."""

from datetime import date, datetime

import msgspec
import pytest
from tests.daemon.law.support import CALENDAR, CPL, PLAN_2026, at, days, limit

from custodyd.law import (
    Basis,
    Calendar,
    Extension,
    ExtensionRule,
    Instrument,
    Length,
    Line,
    NoCalendar,
    NoLength,
    Pause,
    Version,
    Words,
    WrongWay,
    YearPlan,
    before,
    deadline,
    evaluate,
)
from custodyd.law.calendar import stage
from custodyd.law.words import explained, sentence
from custodyd.texts import Locale

START = at("2026-09-01 10:00")
NO_WORDS = Words("", "")
PUBLIC_ORDER = limit(
    "30d",
    extensions=(
        ExtensionRule(Length(60, "d"), Length(30, "d"), ("next-higher-psb", "owning-psb"), NO_WORDS),
        ExtensionRule(Length(90, "d"), Length(60, "d"), ("next-higher-psb", "owning-psb"), NO_WORDS),
    ),
    pauses=("appraisal", "hearing"),
)


def granted(
    total: str, approver: str = "owning-psb", document: str = "延字1号", decided: str = "2026-09-20"
) -> Extension:
    return Extension(Length.parse(total), approver, document, at(decided))


def whys(found: object) -> list[str]:
    return [line.text("why") for line in getattr(found, "lines", ()) if line.op in ("extension-void", "pause-void")]


def test_an_extension_replaces_the_total_and_counts_from_the_same_start() -> None:
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, extensions=[granted("60d")], held=False)
    assert (found.total, found.due) == (Length(60, "d"), at("2026-11-02 24:00"))


def test_two_extensions_in_the_order_in_which_they_were_decided() -> None:
    both = [granted("90d", decided="2026-10-20"), granted("60d")]
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, extensions=both, held=False)
    assert (found.total, found.due) == (Length(90, "d"), at("2026-11-30 24:00"))


@pytest.mark.parametrize(
    ("extension", "why"),
    [
        (granted("60d", document=" "), "no-document"),
        (granted("60d", approver="station-head"), "wrong-approver"),
        (granted("90d"), "not-foreseen"),  # no step is skipped
        (granted("2mo"), "not-foreseen"),
        (granted("30d"), "not-foreseen"),
        (granted("60d", decided="2026-10-09"), "too-late"),
    ],
)
def test_an_extension_without_its_due_form_leaves_the_shorter_clock(extension: Extension, why: str) -> None:
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, extensions=[extension], held=False)
    assert (found.total, found.due) == (Length(30, "d"), at("2026-10-08 24:00"))
    assert whys(found) == [why]


def test_an_extension_that_repeats_is_bounded_each_time() -> None:
    rule = ExtensionRule(Length(12, "mo"), Length(6, "mo"), (), NO_WORDS, repeats=True)
    freeze = limit("6mo", "never-policy", extensions=(rule,))
    steps = [granted("12mo", "anybody"), granted("18mo", "anybody", decided="2027-02-01")]
    start = at("2026-05-20 09:00")
    assert deadline(freeze, start, calendar=CALENDAR, extensions=steps).due == at("2027-11-20 24:00")
    assert whys(deadline(freeze, start, calendar=CALENDAR, extensions=[granted("18mo")])) == ["not-foreseen"]


@pytest.mark.parametrize(
    ("pause", "why"),
    [
        (Pause(at("2026-09-02"), at("2026-09-05"), "appraisal", ""), "no-document"),
        (Pause(at("2026-09-02"), at("2026-09-05"), "sobering-restraint", "文书1号"), "not-foreseen"),
        (Pause(at("2026-09-05"), at("2026-09-02"), "appraisal", "文书1号"), "backwards"),
    ],
)
def test_a_pause_that_the_law_does_not_carry_counts_as_time(pause: Pause, why: str) -> None:
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, pauses=[pause], held=False)
    assert found.due == at("2026-10-08 24:00")
    assert whys(found) == [why]


def test_pauses_that_overlap_count_once_and_one_after_the_end_not_at_all() -> None:
    still = [
        Pause(at("2026-09-02"), at("2026-09-12"), "appraisal", "鉴1号"),
        Pause(at("2026-09-05"), at("2026-09-10"), "hearing", "听1号"),
        Pause(at("2026-11-20"), at("2026-11-25"), "appraisal", "鉴2号"),
    ]
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, pauses=still, held=False)
    assert found.due == at("2026-10-12 24:00")  # 10-01 + 10 days = 10-11, a Sunday
    assert [line.number("count") for line in found.lines if line.op == "paused"] == [10]


def test_working_days_in_a_pause_are_not_counted() -> None:
    of = limit("5wd", "workdays", pauses=("hearing",))
    still = [Pause(at("2026-05-11"), at("2026-05-13"), "hearing", "听1号")]
    found = deadline(of, at("2026-05-07 10:00"), calendar=CALENDAR, pauses=still)
    assert found.due == at("2026-05-15 24:00")  # 05-08, 05-09 (make-up), 05-13, 05-14, 05-15


def test_nobody_knows_whether_a_person_is_held_so_the_earlier_date_stands() -> None:
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR)
    assert found.due == found.alarm == at("2026-10-01 24:00")
    assert "不清楚" in "".join(explained(found.lines, Locale.ZH))


def test_a_held_person_keeps_even_a_rolling_limit_where_it_is() -> None:
    assert deadline(PUBLIC_ORDER, START, calendar=CALENDAR, held=True).due == at("2026-10-01 24:00")


def test_the_alarm_of_an_owner_protecting_limit_is_the_date_before_rolling() -> None:
    found = deadline(limit("3d", early=True), at("2026-09-30 09:00"), calendar=CALENDAR, held=False)
    assert (found.due, found.alarm) == (at("2026-10-08 24:00"), at("2026-10-03 24:00"))


def test_a_month_from_a_last_day_ends_on_a_last_day_and_the_cautious_reading_does_not() -> None:
    found = deadline(limit("1mo", "never-custody"), at("2026-02-28 09:00"), calendar=CALENDAR)
    assert (found.due, found.alarm) == (at("2026-03-31 24:00"), at("2026-03-27 24:00"))


def test_what_must_be_kept_at_least_so_long_has_no_earlier_reading() -> None:
    found = deadline(limit("6mo", "none", earliest=True), at("2026-03-15 09:00"), calendar=CALENDAR)
    assert (found.due, found.alarm, found.alternative) == (at("2026-09-15 24:00"), at("2026-09-15 24:00"), None)


def test_a_missing_year_gives_the_date_before_rolling_and_says_so() -> None:
    found = deadline(PUBLIC_ORDER, at("2026-12-10 10:00"), calendar=CALENDAR, held=False)
    assert found.provisional
    assert found.alarm == found.due == at("2027-01-09 24:00")
    assert "2027" in "".join(explained(found.lines, Locale.EN))


def test_rolling_into_a_missing_year_is_provisional_as_well() -> None:
    late = YearPlan(2026, PLAN_2026.off | days("2026-12-31"), PLAN_2026.on, "改")
    found = deadline(limit("3d"), at("2026-12-28 10:00"), calendar=Calendar.of([late]), held=False)
    assert (found.provisional, found.due) == (True, at("2026-12-31 24:00"))


def test_working_days_across_a_missing_year_are_refused_by_its_name() -> None:
    with pytest.raises(NoCalendar, match="2027") as refused:
        deadline(limit("5wd", "workdays"), at("2026-12-29 10:00"), calendar=CALENDAR)
    assert refused.value.year == 2027
    assert "2027" in refused.value.told.zh


def test_a_backward_limit_counts_from_the_cautious_expiry() -> None:
    apply = limit("7d", "never-custody", backward=True)
    custody = deadline(limit("2mo", "never-custody"), at("2026-06-25 10:00"), calendar=CALENDAR)
    found = before(apply, custody)
    assert found.due == found.alarm == at("2026-08-17 24:00")  # 08-24 less seven days
    assert evaluate(found.lines) == (found.due, found.alarm)
    assert "some-limit" in "".join(explained(found.lines, Locale.ZH))


def test_a_limit_is_counted_in_its_own_direction_and_only_with_a_number() -> None:
    expiry = deadline(limit("2mo", "never-custody"), START, calendar=CALENDAR)
    with pytest.raises(WrongWay):
        deadline(limit("7d", backward=True), START, calendar=CALENDAR)
    with pytest.raises(WrongWay):
        before(limit("7d"), expiry)
    with pytest.raises(NoLength):
        deadline(limit(None), START, calendar=CALENDAR)
    with pytest.raises(NoLength):
        before(limit("1mo", backward=True), expiry)


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        deadline(PUBLIC_ORDER, datetime(2026, 9, 1), calendar=CALENDAR)  # noqa: DTZ001 - that is what is tried


def test_seconds_do_not_count_and_the_record_gets_microseconds() -> None:
    start = at("2026-11-23 09:37").replace(second=59, microsecond=7)
    found = deadline(limit("12h", "never-hours"), start, calendar=CALENDAR)
    assert found.due == at("2026-11-23 21:37")
    assert found.due_us == found.alarm_us == 1_795_441_020_000_000


def test_the_explanation_names_the_law_in_force_at_the_start() -> None:
    revised = Instrument(
        "X",
        Words("某法", "Some Act"),
        (Version("第一版", date(2020, 1, 1), "seen"), Version("第二版", date(2026, 1, 1), "memory")),
    )
    of = limit("3d", basis=(Basis(revised, "5, 7"), Basis(CPL, "")), mark="partly seen")
    chinese = explained(deadline(of, START, calendar=CALENDAR, document="受案1号").lines, Locale.ZH)
    assert chinese[0] == "依据：《某法》第5、7条；第二版文本，施行日期2026年1月1日（凭记忆，待核实）。"
    assert chinese[1] == "依据：《刑事诉讼法》；2018-10-26文本，自2018年10月26日起施行。"
    assert chinese[2] == "注意：本条出处未经核实（只读到部分原文），使用前请法制员核对。"
    assert "受案1号" in chinese[3]
    older = explained(deadline(of, at("2019-05-05"), calendar=CALENDAR).lines, Locale.EN)
    assert older[0].endswith(
        "which text was in force on 2019-05-05 has not been looked up. Let the legal officer check."
    )


def test_an_explanation_that_came_back_from_a_record_is_done_again_as_well() -> None:
    found = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, held=False)
    kept = msgspec.json.decode(msgspec.json.encode(found.lines), type=tuple[Line, ...])
    assert evaluate(kept) == (found.due, found.alarm)
    assert explained(kept, Locale.ZH) == explained(found.lines, Locale.ZH)


def test_a_word_that_no_list_has_is_shown_as_it_stands() -> None:
    said = sentence(Line("extension-void", {"length": "1d", "approver": "the \x07mayor", "why": "odd"}), Locale.EN)
    assert "the  mayor" in said
    assert "odd" in said


def test_what_people_typed_cannot_steer_a_terminal() -> None:
    lines = deadline(PUBLIC_ORDER, START, calendar=CALENDAR, document="\x1b[2J1号").lines
    assert "\x1b" not in "".join(explained(lines, Locale.ZH))


def test_a_plan_may_change_december_of_the_year_before() -> None:
    plan = YearPlan(2019, days("2018-12-31", "2019-01-01"), days("2018-12-29"), "国办发明电〔2018〕15号")
    calendar = Calendar.of([YearPlan(2018, frozenset(), frozenset(), "旧"), plan])
    assert calendar.is_workday(date(2018, 12, 29))
    assert not calendar.is_workday(date(2018, 12, 31))
    assert calendar.without(2019).is_workday(date(2018, 12, 31))


def test_a_calendar_knows_how_long_it_lasts() -> None:
    assert CALENDAR.days_left(date(2026, 12, 31)) == 0
    assert CALENDAR.days_left(date(2026, 11, 25)) == 36
    assert CALENDAR.days_left(date(2027, 1, 1)) == 0
    assert [CALENDAR.first_missing(date(year, 12, 31)) for year in (2025, 2026, 2027)] == [2025, 2027, 2027]
    assert [stage(days) for days in (0, 59, 60, 119, 120)] == ["late", "late", "early", "early", None]


def test_a_document_of_a_missing_year_is_not_invented() -> None:
    with pytest.raises(NoCalendar):
        CALENDAR.document(date(2027, 1, 1))
