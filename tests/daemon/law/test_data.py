"""The data set against the working note: every row, both languages, and numbers that agree with the words."""

import re

import pytest
from tests.daemon.law.support import at, rows

from custodyd.law import Calendar, Length, Limit, deadline
from custodyd.settings.lawbook import shipped

ROWS = rows("time_limits.csv")
LIMITS = shipped().limits
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROLLINGS = {
    "never-hours": ("never-hours", False),
    "never-custody": ("never-custody", False),
    "never-custody if held, else roll": ("roll", False),  # whether a person is held is told with each clock
    "never-policy": ("never-policy", False),
    "never-policy (lapse)": ("never-policy", False),
    "roll": ("roll", False),
    "roll (alarm early)": ("roll", True),
    "roll (lapse -> alarm early)": ("roll", True),
    "workdays": ("workdays", False),
    "local": ("local", False),
    "n/a": ("none", False),
}
UNITS = {"h": "h", "day": "d", "working day": "wd", "month": "mo", "year": "y"}
ZH_UNITS = {"小时": "h", "日": "d", "个工作日": "wd", "个月": "mo", "年": "y"}
NO_NUMBER = (
    *("on the spot", "on acceptance", "timely", "until sober"),
    *("immediately", "local", "same as", "period registered"),
)
each_row = pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
each_limit = pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)


def first_number(words: str) -> Length | None:
    """The first length that English words name."""
    found = re.search(r"(\d+) ?(working day|h|day|month|year)s?\b", words)
    return Length.parse(found[1] + UNITS[found[2]]) if found else None


def zh_numbers(words: str) -> list[Length]:
    """Every length that Chinese words name."""
    found = re.findall(r"(?<![第条\d])(\d+)(个工作日|小时|个月|日|年)", words)
    return [Length.parse(number + ZH_UNITS[unit]) for number, unit in found]


def test_the_rows_are_all_there_and_nothing_else() -> None:
    assert len(ROWS) == 109
    assert sorted(LIMITS) == sorted(row["id"] for row in ROWS)


@each_row
def test_a_row_keeps_its_words(row: dict[str, str]) -> None:
    limit = LIMITS[row["id"]]
    assert (limit.title.zh, limit.start.en, limit.says.en) == (row["zh_name"], row["clock_start"], row["length"])
    assert (limit.note.en or "none") == row["extension"]
    assert (limit.responsible.en, limit.cited) == (row["responsible"], row["legal_basis"])
    assert (limit.cases, limit.mark) == (row["case_type"], row["source_status"])
    assert (limit.rolling, limit.early) == ROLLINGS[row["holiday_rule"]]


@each_row
def test_the_number_of_a_row_agrees_with_its_words_in_both_languages(row: dict[str, str]) -> None:
    limit = LIMITS[row["id"]]
    if limit.length is None:
        assert row["length"].startswith(NO_NUMBER)
        return
    assert first_number(row["length"]) == limit.length
    assert limit.length in zh_numbers(limit.says.zh)
    if named := re.findall(r"-(\d+)(h|d|wd|mo|y)\b", row["id"]):
        assert Length.parse("".join(named[-1])) == limit.length


@each_limit
def test_every_word_is_there_in_both_languages(limit: Limit) -> None:
    pairs = [limit.title, limit.start, limit.says, limit.responsible, *(rule.ground for rule in limit.extensions)]
    pairs += [limit.note] if limit.note.en else []
    pairs += [basis.instrument.title for basis in limit.basis]
    for words in pairs:
        assert CHINESE.search(words.zh)
        assert words.en.strip()
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", words.zh)


@each_limit
def test_every_number_of_the_extensions_stands_in_the_words(limit: Limit) -> None:
    family = [one for one in LIMITS.values() if one.id.rpartition("-")[0] == limit.id.rpartition("-")[0]]
    said = {number.amount for one in family for number in zh_numbers(one.note.zh + one.says.zh)}
    for rule in limit.extensions:
        added = rule.total.amount - rule.after.amount
        assert {rule.total.amount, added, added // 12} & said, f"{limit.id}: {rule.total}"


@each_limit
def test_every_limit_with_a_number_can_be_counted(limit: Limit) -> None:
    assert limit.basis or limit.cases == "internal"
    if limit.length is not None and not limit.backward and limit.rolling != "workdays":
        found = deadline(limit, at("2026-03-04 10:20"), calendar=Calendar(), held=True)
        assert found.due > found.start


def test_what_is_not_verified_stays_marked() -> None:
    marked = {row["id"] for row in ROWS if row["source_status"] != "seen"}
    assert {limit.id for limit in shipped().unverified} == marked
    assert len(marked) == 5


def test_extensions_follow_over_several_steps() -> None:
    totals = [str(rule.total) for rule in LIMITS["investigation-custody-2mo"].extensions]
    assert totals == ["3mo", "5mo", "7mo"]
    asked = {str(rule.total): rule.approvers for rule in LIMITS["continued-questioning-12h"].extensions}
    assert asked == {"24h": ("county-psb-duty-head",), "48h": ("county-psb-head",)}
