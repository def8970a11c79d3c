"""A station without devices, its importer, and rows as a case platform would send them. All people are invented."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.daemon.api.conftest import opened

from custodyd.imports.importer import Source
from custodyd.imports.outcome import Outcome
from custodyd.imports.rows import Raw
from custodyd.ledger.keys import Card
from custodyd.model.entry import Actor, Entry
from custodyd.model.facts.imports import RowKind
from custodyd.station.station import Station

BY = Actor("peer-uid", 1, "uid:1000", "clerk")
NOW = 1_800_000_000_000_000
ROLES = {"case-officer": "case-officer", "主办民警": "case-officer", "co-officer": "co-officer"}
SOURCE = Source("platform", BY, ROLES)
ACCEPTED = "2026-11-20 08:30"


@dataclass
class Place:
    """A station and what an import brings it."""

    station: Station

    async def apply(self, *raws: Raw, source: Source = SOURCE, request: str | None = None) -> Outcome:
        return await self.station.imports.apply(raws, source, request)

    async def preview(self, *raws: Raw, source: Source = SOURCE) -> Outcome:
        return await self.station.imports.preview(raws, source)

    def entries(self) -> list[Entry]:
        return self.station.ledger.entries(limit=10_000)

    def kinds(self, after: int = 0) -> list[str]:
        return [entry.kind for entry in self.entries()[after:]]

    def cards(self) -> list[Card]:
        return [self.station.people.card(person) for person in self.station.people.people()]


@asynccontextmanager
async def place(folder: Path) -> AsyncGenerator[Place]:
    station = await opened(folder)
    try:
        yield Place(station)
    finally:
        await station.ledger.stop("asked")


def raw(kind: RowKind, row: int = 2, **fields: str) -> Raw:
    return Raw(row, kind, fields)


def officer(badge: str = "031001", row: int = 2, **more: str) -> Raw:
    return raw("officer", row, **{"badge": badge, "name": "模拟甲", **more})


def case(code: str = "A3301", row: int = 3, **more: str) -> Raw:
    return raw("case", row, **{"code": code, "accepted": ACCEPTED, "lead": "031001", **more})


def person(number: str = "R1", row: int = 4, **more: str) -> Raw:
    return raw("person", row, **{"number": number, "case": "A3301", "part": "嫌疑人", "name": "模拟乙", **more})


def document(code: str = "https://platform.invalid/7", row: int = 5, **more: str) -> Raw:
    return raw("document", row, **{"code": code, "case": "A3301", **more})


ALL = (officer(), case(), person(), document())


def whats(outcome: Outcome) -> list[str]:
    return [verdict.what for verdict in outcome.verdicts]


def whys(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.column, one.why) for verdict in outcome.verdicts for one in verdict.mistakes]
