"""The thirty vectors of the working note on the law, by the limits as they are shipped."""

import pytest
from tests.daemon.law.support import CALENDAR, at, rows

from custodyd.law import Deadline, Length, Pause, deadline, evaluate
from custodyd.settings.lawbook import shipped

VECTORS = rows("period_vectors.csv")
LIMITS = shipped().limits
ROLLINGS = {
    "never": ("never-hours", "never-custody", "never-policy"),
    "roll": ("roll",),
    "workdays": ("workdays",),
}


def reckoned(row: dict[str, str]) -> Deadline:
    """The row's deadline by the code."""
    limit = LIMITS[row["rule"]]
    begin, _, end = row["pause"].partition("/")
    pauses = [Pause(at(begin), at(end), limit.pauses[0], "文书1号")] if begin else []
    return deadline(limit, at(row["start"]), calendar=CALENDAR, pauses=pauses, held=False)


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_vector_comes_out_as_it_was_reckoned_by_hand(row: dict[str, str]) -> None:
    found = reckoned(row)
    kind, _, other = row["alternative"].partition(" ")
    assert found.due == at(row["deadline"])
    assert found.provisional == (kind == "provisional")
    assert (found.kind_of_alternative or "") == kind.replace("provisional", "")
    assert found.alternative == (at(other) if other else None)
    assert evaluate(found.lines) == (found.due, found.alarm)


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_vector_and_its_limit_agree(row: dict[str, str]) -> None:
    limit = LIMITS[row["rule"]]
    assert limit.length == Length.parse(row["length"])
    assert limit.rolling in ROLLINGS[row["holiday_rule"]] or row["id"] == "V12"  # the unit's own rule, in hours


def test_all_thirty_are_there() -> None:
    assert len(VECTORS) == 30


@pytest.mark.parametrize("id", ["V25", "V26"])
def test_where_the_law_protects_a_person_the_alarm_stands_before_rolling(id: str) -> None:
    (row,) = (row for row in VECTORS if row["id"] == id)
    found = reckoned(row)
    assert found.alarm == found.alternative == at(row["alternative"].partition(" ")[2])
