"""Text as platforms and spreadsheets write it: what is read, what is named wrong, and that nothing else happens."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.imports.support import NOW, ROLES, case, officer, person, raw

from custodyd.clock import CHINA, from_rfc3339
from custodyd.imports import values
from custodyd.imports.checking import Check, check
from custodyd.imports.fields import FIELDS
from custodyd.imports.rows import ORDER, Case, Mistake, Officer, Raw
from custodyd.imports.values import Wrong
from custodyd.texts import known

CHECK = Check(NOW, ROLES)
MORNING = from_rfc3339("2026-11-20T08:30:00+08:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 08:30", "2026/11/20 8:30", "2026.11.20 08:30:00", "2026年11月20日 8时30分",
        "2026年11月20日08时30分00秒",
        "2026-11-20T08:30:00+08:00", "2026-11-20T00:30:00Z", "２０２６-11-20 08：30", "2026-11-20 08:30:00.000000",
        "2026-11-20 10:00:00+0930", "2026-11-19T23:30:00-01:00",
    ],
)  # fmt: skip
def test_a_time_is_read_as_platforms_write_it(text: str) -> None:
    assert values.time(text, NOW) == MORNING


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-20", "date_only"), ("20.11.2026 08:30", "bad_time"), ("2026-02-30 08:30", "bad_time"),
        ("2026-11-20 25:00", "bad_time"), ("1999-12-31 23:59", "bad_time"), ("45981.354", "bad_time"),
        ("2026-11-20 08:30+99:00", "bad_time"), ("0001-01-01 00:00Z", "bad_time"), ("soon", "bad_time"),
    ],
)  # fmt: skip
def test_what_is_no_time_to_the_minute_is_named(text: str, why: str) -> None:
    with pytest.raises(Wrong, match=why):
        values.time(text, NOW)


def test_a_time_may_be_ahead_by_what_clocks_differ_and_no_more() -> None:
    text = datetime.fromtimestamp(NOW / 1e6, CHINA) + timedelta(minutes=10)
    assert values.time(text.isoformat(), NOW) == NOW + values.AHEAD_US
    with pytest.raises(Wrong, match="future"):
        values.time((text + timedelta(seconds=1)).isoformat(), NOW)


@given(moment=st.datetimes(datetime(2000, 1, 2), datetime(2026, 12, 31)))  # noqa: DTZ001 - China's, as exported
def test_every_time_to_the_second_is_read_exactly(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    expected = from_rfc3339(whole.replace(tzinfo=CHINA).isoformat())
    assert values.time(whole.strftime("%Y-%m-%d %H:%M:%S"), NOW) == expected
    assert values.time(whole.strftime("%Y年%m月%d日 %H时%M分%S秒"), NOW) == expected


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ('="0310010001"', "0310010001"),
        ("'0310010001", "0310010001"),
        ("0310010001\t", "0310010001"),
        ("\ufeff a\u3000", "a"),
    ],
)
def test_what_spreadsheets_wrap_round_a_number_is_taken_off(written: str, bare: str) -> None:
    assert values.bare(written) == bare


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("badge", "031\x00001", "control"), ("badge", "", "missing"), ("badge", "3.1E+5", "scientific"),
        ("badge", "警1", "bad_badge"), ("name", "模" * 41, "too_long"), ("phone", "call me", "bad_phone"),
        ("roles", "wizard", "bad_role"), ("roles", "、", "bad_role"), ("active", "maybe", "bad_choice"),
    ],
)  # fmt: skip
def test_each_mistake_of_an_officer_is_named_with_its_column(field: str, text: str, why: str) -> None:
    assert CHECK.row(officer(**{field: text})) == (Mistake(field, why),)


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("number", "R 1", "bad_number"), ("part", "路人", "bad_choice"), ("identity", "11010519491231002Y", None),
        ("identity", "110105194912310021", "check_digit"), ("identity", "1", "bad_identity"),
        ("identity", "1.10105E+17", "scientific"), ("identity", "11010519491231002x", None),
        ("identity", "E12345678", None),
    ],
)  # fmt: skip
def test_each_mistake_of_a_person_is_named_with_its_column(field: str, text: str, why: str | None) -> None:
    found = CHECK.row(person(**{field: text}))
    assert found == (Mistake(field, why),) if why else not isinstance(found, tuple)


def test_all_mistakes_of_a_row_are_listed() -> None:
    found = CHECK.row(case("A 1", accepted="soon", lead="", co="?", needs_review="x", colour="red"))
    assert found == (
        Mistake("colour", "unknown_column"), Mistake("code", "bad_code"), Mistake("accepted", "bad_time"),
        Mistake("lead", "missing"), Mistake("co", "bad_badge"), Mistake("needs_review", "bad_choice"),
    )  # fmt: skip


def test_a_document_code_is_taken_as_printed_and_not_longer_than_a_label_can_be() -> None:
    fields = {"case": "A1", "code": "x" * 201}
    assert CHECK.row(raw("document", **fields)) == (Mistake("code", "too_long"),)


def test_full_width_and_lower_case_are_one_with_plain_capitals() -> None:
    found = CHECK.row(case("ａ３３０１", lead="０３１００１", co="031002， 031003、031002"))
    assert isinstance(found, Case)
    assert (found.code, found.lead, found.co) == ("A3301", "031001", ("031002", "031003"))


def test_a_role_may_be_named_by_its_label() -> None:
    found = CHECK.row(officer(roles="主办民警、co-officer"))
    assert isinstance(found, Officer)
    assert found.roles == ("case-officer", "co-officer")


@pytest.mark.parametrize(
    "rows",
    [
        [officer(name="模拟子"), officer(name="模拟丑", row=3)],
        [case(), case(lead="031002", row=4)],
        [officer(), officer(phone="13900000001", row=3)],
        [case(needs_review="是"), case(needs_review="否", row=4)],
        [person(), person(part="证人", row=5)],
        [person(), person(case="A2", name="模拟寅", row=5)],
        [raw("document", 5, code="q", case="A1"), raw("document", 6, code="q", case="A2")],
    ],
)
def test_rows_that_contradict_each_other_are_both_refused(rows: list[Raw]) -> None:
    found = check(rows, CHECK)
    assert found.rows == []
    assert [one.mistakes[0].why for one in found.wrong] == ["contradicts"] * 2


def test_what_one_row_does_not_say_of_a_person_another_row_may() -> None:
    found = check([person(), person(case="A2", row=5, identity="X12345")], CHECK)
    assert (len(found.rows), found.wrong) == (2, [])


def test_a_row_that_stands_twice_is_one_row_and_its_twin() -> None:
    found = check([case(), case(row=9)], CHECK)
    assert (len(found.rows), [(one.row, first.row) for one, first in found.twins]) == (1, [(9, 3)])


ANY = st.text(max_size=30) | st.sampled_from(["", "是", "031001", "A1", "证人", "2026-11-20 08:30", "9.9E+99", "="])
RAWS = st.sampled_from(ORDER).flatmap(
    lambda kind: st.builds(
        Raw,
        st.integers(1, 99),
        st.just(kind),
        st.dictionaries(st.sampled_from([field.name for field in FIELDS[kind]] + ["other"]), ANY),
    )
)


@given(raws=st.lists(RAWS, max_size=8))
def test_whatever_comes_each_row_is_right_or_its_mistakes_have_sentences(raws: list[Raw]) -> None:
    found = check(raws, CHECK)
    assert len(found.rows) + len(found.twins) + len(found.wrong) == len(raws)
    for verdict in found.wrong:
        assert verdict.mistakes
        for mistake in verdict.mistakes:
            assert known(f"import.why_{mistake.why}")
            assert "{" not in mistake.told(verdict.row).zh + mistake.told(verdict.row).en


def test_a_raw_row_never_shows_what_stands_in_it() -> None:
    assert "模拟" not in repr(officer()) + repr(CHECK.row(officer())) + repr(CHECK.row(person()))
