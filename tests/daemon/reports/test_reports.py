"""Reports: periods of the calendar, numbers that entries give again, pages that need nothing beside them."""

import csv
import doctest
import hashlib
import io
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.api.conftest import Api
from tests.daemon.imports.support import case, document, officer, place

from custodyd.clock import from_rfc3339, rfc3339
from custodyd.model.entry import Entry
from custodyd.reports import page
from custodyd.reports.figures import Figures, Tally, figures
from custodyd.reports.periods import Period, period
from custodyd.texts import Locale

DOCUMENT = Path(__file__).parents[3] / "docs" / "reports.md"
HOUR = 3_600_000_000


def at(text: str) -> int:
    return from_rfc3339(f"2026-{text}:00+08:00")


@pytest.mark.parametrize(
    ("kind", "moment", "first", "last"),
    [
        ("day", "11-25T00:00", "2026-11-25", "2026-11-25"),
        ("week", "11-22T23:59", "2026-11-16", "2026-11-22"),
        ("month", "12-31T23:59", "2026-12-01", "2026-12-31"),
        ("quarter", "11-25T12:00", "2026-10-01", "2026-12-31"),
        ("quarter", "02-01T12:00", "2026-01-01", "2026-03-31"),
    ],
)
def test_a_period_is_that_of_the_civil_calendar(kind: Any, moment: str, first: str, last: str) -> None:
    found = period(kind, at(moment))
    assert (found.days[0], found.days[-1]) == (first, last)


@given(
    moment=st.integers(at("01-01T00:00"), at("12-31T23:59")), kind=st.sampled_from(["day", "week", "month", "quarter"])
)
def test_a_period_holds_its_moment_and_the_next_begins_where_it_ends(moment: int, kind: Any) -> None:
    found = period(kind, moment)
    assert found.start <= moment < found.end
    assert period(kind, found.end).start == found.end
    assert period(kind, found.end - 1) == found
    assert len(found.days) * 24 * HOUR == found.end - found.start


def entry(kind: str, recorded: int, data: dict[str, Any], **more: Any) -> Entry:
    fields = {"v": 1, "seq": 0, "salt": "", "station": "s", "segment": "1", "run": "r", "mono": 0}
    return Entry(kind=kind, happened=recorded, happened_by="daemon", recorded=recorded, data=data, **fields, **more)


def started(id: str, due: int | None, case: str = "A1") -> Entry:
    return entry(
        "clock.started", at("11-01T00:00"), {"id": id, "name": "dossier-deposit", "due": due, "steps": []}, case=case
    )


def ended(id: str, recorded: int, *, met: bool = True) -> Entry:
    return entry("clock.ended", recorded, {"id": id, "met": met})


WEEK = period("week", at("11-25T12:00"))
NOW = at("11-26T12:00")
LEAD = entry("case.officer.assigned", at("11-01T00:00"), {"part": "lead"}, case="A1", subject="p-a")
CO = entry("case.officer.assigned", at("11-01T00:00"), {"part": "co"}, case="A1", subject="p-b")
STORY = [
    LEAD, CO,
    started("1", at("11-24T12:00")), ended("1", at("11-24T12:00")),
    started("2", at("11-24T12:00")), ended("2", at("11-24T12:01")),
    started("3", at("11-24T12:00")),
    started("4", at("11-24T12:00")), ended("4", at("11-24T08:00"), met=False),
    started("5", at("11-20T12:00")),
    started("6", at("11-28T12:00")),
    started("7", None),
    started("8", at("11-20T12:00"), case=""),
    entry("clock.moved", at("11-19T00:00"), {"id": "8", "due": at("11-25T00:00")}),
    entry("clock.moved", at("11-19T00:00"), {"id": "9", "due": at("11-25T00:00")}),
    entry("clock.moved", at("11-19T00:00"), {"id": "3", "colour": "red"}),
    ended("9", at("11-25T00:00")), ended("3", at("11-26T12:00")),
    entry("reminder.step.reached", at("11-24T12:00"), {"id": "3", "colour": "red"}),
    entry("reminder.step.reached", at("11-22T12:00"), {"id": "3", "colour": "orange"}),
]  # fmt: skip


def test_what_was_due_is_in_time_late_or_missed_and_belongs_to_the_lead_officer() -> None:
    found = figures(WEEK, NOW, STORY)
    assert found.unit == Tally(in_time=1, late=1, missed=2)
    assert found.officers == {"p-a": Tally(1, 1, 1), "": Tally(0, 0, 1)}
    assert found.clocks == {"dossier-deposit": Tally(1, 1, 2)}
    assert (found.waiting, found.overdue) == (4, 3)
    assert dict(found.steps) == {("2026-11-24", "red"): 1}
    assert found.ranking == [("p-a", Tally(1, 1, 1))]
    assert Tally(2, 1, 0).score == 667
    assert Tally().score is None


def test_the_ranking_is_by_the_part_in_time_then_by_how_much_was_due() -> None:
    found = Figures(
        WEEK, NOW, officers={"p-a": Tally(1, 1, 0), "p-b": Tally(2, 0, 0), "p-c": Tally(4, 0, 0), "p-d": Tally()}
    )
    assert [person for person, _ in found.ranking] == ["p-c", "p-b", "p-a"]


def documented() -> Any:
    names: dict[str, Any] = {}
    for example in doctest.DocTestParser().get_examples(DOCUMENT.read_text("utf-8"))[:1]:
        exec(example.source, names)  # what the page says
    return names["query"]


def queried(entries: list[Entry], found: Figures) -> Any:
    plain = [msgspec.to_builtins(one) for one in entries]
    return documented()(plain, found.period.start, found.until)


def counted(found: Figures) -> dict[str, dict[str, int]]:
    return {person: asdict(tally) for person, tally in found.officers.items()}


def test_the_documented_query_counts_the_same() -> None:
    found = figures(WEEK, NOW, STORY)
    assert queried(STORY, found) == counted(found)


async def test_the_documented_query_counts_the_same_over_a_real_record(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        now = here.station.clock.civil()
        accepted = rfc3339(now - 30 * HOUR)
        await here.apply(officer(), case(accepted=accepted), document("q1"), document("q2", row=6))
        found = figures(Period("week", now - 72 * HOUR, now + HOUR, ("day",)), now + HOUR, here.entries())
        assert found.unit == Tally(missed=2)
        assert queried(here.entries(), found) == counted(found)


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter"])
def test_a_page_needs_nothing_beside_it_and_shows_its_arithmetic(locale: Locale, kind: Any) -> None:
    found = figures(period(kind, at("11-24T12:00")), NOW, STORY)
    text = page.html(found, "模拟<站>", locale, simulated=True)
    assert "模拟&lt;站&gt;" in text
    assert re.search(r"1 ÷ [34] = (33.3|25.0) %", text)
    assert "<svg" in text
    assert not re.search(r"https?:|src=|<script|report\.|\{", text.replace("body{", "").partition("</style>")[2])


def test_a_page_of_nothing_says_so() -> None:
    found = figures(WEEK, NOW, [])
    assert "本期没有到期事项" in page.html(found, "站", Locale.ZH, simulated=False)


def test_the_table_holds_every_number() -> None:
    found = figures(WEEK, NOW, STORY)
    lines = list(csv.reader(io.StringIO(page.table(found))))
    assert ["officer", "p-a", "3", "1", "1", "1", "333"] in lines
    assert ["level red", "2026-11-24", "1", "", "", "", ""] in lines
    assert ["waiting", "", "4", "", "", "", ""] in lines
    assert ["unit", "", "0", "0", "0", "0", ""] in list(csv.reader(io.StringIO(page.table(figures(WEEK, NOW, [])))))


async def test_a_report_is_an_entry_with_the_digests_of_what_was_handed_out(api: Api) -> None:
    answer = (await api.get("/v1/reports/month", of="2026-11-25T00:00:00+08:00", lang="en")).json()
    assert (answer["entered"]["segment"], answer["entered"]["seq"]) == api.head()
    data = api.station.ledger.entry(api.head()).data  # type: ignore[union-attr]  # it stands
    assert data["html"] == hashlib.sha256(answer["html"].encode()).hexdigest()
    assert data["csv"] == hashlib.sha256(answer["csv"].encode()).hexdigest()
    assert rfc3339(data["start"]).startswith("2026-11-01T00:00:00")
    assert "Simulated" in answer["html"]


@pytest.mark.parametrize(("path", "query"), [("year", {}), ("day", {"lang": "fr"}), ("day", {"of": "yesterday"})])
async def test_a_report_that_nobody_makes_is_malformed(api: Api, path: str, query: dict[str, str]) -> None:
    head = api.head()
    assert (await api.get(f"/v1/reports/{path}", **query)).status_code == 400
    assert api.head() == head
