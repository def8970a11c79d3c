"""The thirty vectors of the working note on the law: every period as it was reckoned by hand."""

import pytest
from tests.daemon.law.support import CALENDAR, at, limit, rows

from custodyd.law import Deadline, Length, Limit, Pause, deadline, evaluate

VECTORS = rows("period_vectors.csv")
_LAPSES = {"bail-12mo", "residential-surveillance-6mo", "freeze-6mo"}


def rule(row: dict[str, str]) -> Limit:
    """The row's limit, as its columns describe it."""
    hours = row["length"].endswith("h")
    never = "never-hours" if hours else "never-policy" if row["rule"] in _LAPSES else "never-custody"
    rolling = {"never": never, "roll": "roll", "workdays": "workdays"}[row["holiday_rule"]]
    more = {"exact": hours and not row["alternative"], "early": "alarm" in row["note"]}
    return limit(row["length"], rolling, pauses=("sobering-restraint", "appraisal"), id=row["rule"], **more)  # type: ignore[arg-type]  # a word of the closed list


def reckoned(row: dict[str, str], of: Limit) -> Deadline:
    """The row's deadline by the code."""
    pauses = []
    if row["pause"]:
        begin, _, end = row["pause"].partition("/")
        reason = "sobering-restraint" if of.rolling == "never-hours" else "appraisal"
        pauses = [Pause(at(begin), at(end), reason, "文书1号")]
    return deadline(of, at(row["start"]), calendar=CALENDAR, pauses=pauses, held=False)


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_vector_comes_out_as_it_was_reckoned_by_hand(row: dict[str, str]) -> None:
    found = reckoned(row, rule(row))
    kind, _, other = row["alternative"].partition(" ")
    assert found.due == at(row["deadline"])
    assert found.provisional == (kind == "provisional")
    assert (found.kind_of_alternative or "") == kind.replace("provisional", "")
    assert found.alternative == (at(other) if other else None)
    assert found.total == Length.parse(row["length"])
    assert evaluate(found.lines) == (found.due, found.alarm)


def test_all_thirty_are_there() -> None:
    assert len(VECTORS) == 30
