"""The calendar of 2026 as it was published, limits by hand, and times as the vectors write them."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from custodyd.law import Basis, Calendar, Instrument, Length, Limit, Version, Words, YearPlan
from custodyd.law.limit import Rolling
from custodyd.model.civil import CHINA

HERE = Path(__file__).parent


def days(*written: str) -> frozenset[date]:
    """`2026-01-01`, or `2026-01-01/2026-01-03` for each day of it."""
    found: set[date] = set()
    for one in written:
        first, _, last = one.partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


# State Council's plan, 国办发明电〔2025〕7号, frozen here so that a newer package changes nothing.
PLAN_2026 = YearPlan(
    2026,
    days(
        *("2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05"),
        *("2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07"),
    ),
    days("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    "国办发明电〔2025〕7号",
)
CALENDAR = Calendar.of([PLAN_2026])

CPL = Instrument(
    "CPL",
    Words("刑事诉讼法", "Criminal Procedure Law"),
    (Version("2018-10-26", date(2018, 10, 26), "seen"),),
)


def limit(length: str | None, rolling: Rolling = "roll", **more: object) -> Limit:
    """A seen limit of `length`."""
    plain = Limit(
        id="some-limit",
        title=Words("某期限", "some limit"),
        cases="criminal",
        start=Words("某事", "some event"),
        length=Length.parse(length) if length else None,
        rolling=rolling,
        responsible=Words("主办民警", "handling officer"),
        basis=(Basis(CPL, "105"),),
        mark="seen",
        says=Words("", ""),
        note=Words("", ""),
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # the fields of a limit, by name


def at(written: str) -> datetime:
    """`2026-11-23 09:37` in Beijing; `… 24:00` is the end of that day."""
    day, _, time = written.replace("T", " ").partition(" ")
    if time == "24:00":
        return datetime.fromisoformat(day).replace(tzinfo=CHINA) + timedelta(days=1)
    return datetime.fromisoformat(f"{day} {time or '00:00'}").replace(tzinfo=CHINA)


def rows(name: str) -> Sequence[dict[str, str]]:
    """A CSV beside the tests."""
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
