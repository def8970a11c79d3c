"""A desk of statutory clocks on a real record, with the shipped law, for the tests beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.daemon.desk.support import BY, Room, room

from custodyd.desk.clocks.desk import ClockDesk, Start
from custodyd.law import Length
from custodyd.law.calendar import Calendar
from custodyd.law.published import published
from custodyd.model.entry import Entry
from custodyd.model.projection import Row
from custodyd.settings.lawbook import shipped

LAW, CALENDAR = shipped(), Calendar.of(published())
HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
SUMMONS, FILING, INQUIRY = "crim-summons-12h", "criminal-filing-review-3d", "admin-inquiry-8h"
CUSTODY = "arrest-request-3d"


@dataclass
class Desk:
    """The desk, and the room around it."""

    at: Room
    desk: ClockDesk

    def minute(self) -> int:
        """Now, as papers write it."""
        return self.at.clock.civil() // MINUTE_US * MINUTE_US

    def row(self, clock: str) -> Row:
        return self.at.disk.view.get("clock", clock) or {}

    async def start(self, limit: str = SUMMONS, ago_h: float = 0, case: str = "A1", **how: str) -> str:
        began = Start(self.minute() - round(ago_h * HOUR_US), "summons", "T1")
        return id_of(await self.desk.start(case, limit, began, BY, object=how.get("object")))

    async def extend(
        self, clock: str, total: str = "24h", approver: str = "case-unit-head", document: str = "Y1"
    ) -> Entry:
        return await self.desk.extend(clock, Length.parse(total), approver, document, BY)


def id_of(entry: Entry) -> str:
    return str(entry.data["id"])


@asynccontextmanager
async def clock_desk(directory: Path) -> AsyncIterator[Desk]:
    async with room(directory) as at:
        officers = ((at.people["officer"], "lead"),)
        await at.register.case("A1", officers, BY, accepted=None, needs_review=False, request=None)  # type: ignore[arg-type]  # parts
        numbers = count(1)
        desk = ClockDesk(at.disk, at.clock, lambda: (LAW, CALENDAR), lambda: f"K{next(numbers)}")
        yield Desk(at, desk)
