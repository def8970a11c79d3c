"""One import: rows checked, compared, taken over one by one, each in a transaction of its own; or only previewed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from custodyd.clock import Clock
from custodyd.imports import directory
from custodyd.imports.checking import Check, Checked, check
from custodyd.imports.comparing import Compare
from custodyd.imports.directory import Directory
from custodyd.imports.outcome import Outcome, fact_of, fingerprint, in_order
from custodyd.imports.rows import ORDER, Case, Involved, Mistake, Officer, Raw, Row, Verdict, refused
from custodyd.imports.who import NO_CARD, Who, officer_card, person_card
from custodyd.ledger.keys import Card, PersonKeys
from custodyd.model.entry import Actor, Draft, Entry
from custodyd.model.facts.cases import Involvement, Part
from custodyd.model.projection import View

DEFAULT_ROLES = ("case-officer",)
PAUSE_EVERY = 20  # rows compared before others have their turn on the loop


class Overtaken(Exception):
    """The record changed between comparison and taking over, so that the row no longer fits."""


class Verbs(Protocol):
    """The register's verbs, each one transaction; each raises Overtaken and RecordUnavailable."""

    async def new_officer(self, card: Card, roles: tuple[str, ...], by: Actor, *, active: bool) -> str:
        """A person of the unit; returns the pseudonym."""
        ...

    async def change_officer(
        self, person: str, roles: tuple[str, ...] | None, active: bool | None, card: Card, by: Actor
    ) -> None:
        """Roles, service (None = as they are) and card of a person of the unit."""
        ...

    async def new_case(self, row: Case, officers: Mapping[str, Part], by: Actor) -> None:
        """A case is accepted."""
        ...

    async def change_case(self, row: Case, officers: Mapping[str, Part], by: Actor) -> None:
        """The officers of a case, and that it needs a review."""
        ...

    async def involve(self, case: str, person: str | None, part: Involvement, card: Card, by: Actor) -> str:
        """A person of a case; returns the pseudonym."""
        ...

    async def new_dossier(self, case: str, code: str, by: Actor) -> None:
        """A dossier under the platform's code."""
        ...

    async def enter(self, draft: Draft) -> Entry:
        """The entry of the import itself."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: its id, who brings them, and the roles that it may give and take (label or id → id)."""

    id: str
    by: Actor
    roles: Mapping[str, str]


@dataclass(slots=True)
class Importer:
    """Imports into one station; one at a time. Raises RecordUnavailable: rows taken before stand, each whole."""

    view: View
    clock: Clock
    people: PersonKeys
    verbs: Verbs
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def preview(self, raws: Sequence[Raw], source: Source) -> Outcome:
        """What `apply` would do now; nothing is written."""
        async with self._turn:
            found, who = await self._begin(raws, source)
            compare = Compare(who, frozenset(source.roles.values()), set())

            async def judge(row: Row) -> Verdict:
                return compare.row(row)

            return Outcome(await _judged(found, judge))

    async def apply(self, raws: Sequence[Raw], source: Source, request: str | None = None) -> Outcome:
        """Take over what is new or changed; the import's own entry comes last, if anything is other than before.

        `request` is the idempotency key of whoever asks: it stands in that last entry.
        """
        async with self._turn:
            found, who = await self._begin(raws, source)
            taking = Taking(Compare(who, frozenset(source.roles.values())), self.verbs, source.by)
            outcome = Outcome(await _judged(found, taking.row))
            return Outcome(outcome.verdicts, await self._enter(outcome, source, request))

    async def _begin(self, raws: Sequence[Raw], source: Source) -> tuple[Checked, Who]:
        checks = Check(self.clock.civil(), source.roles)
        found = await asyncio.to_thread(check, raws, checks)
        cards = await asyncio.to_thread(directory.read, self.people) if found.rows else Directory()
        return found, Who(self.view, cards)

    async def _enter(self, outcome: Outcome, source: Source, request: str | None) -> Entry | None:
        fact = fact_of(outcome, source.id)
        stands = self.view.get("import_source", source.id)
        same = stands is not None and stands["refusals"] == fingerprint(fact.refusals, fact.more)
        if not fact.new + fact.changed and (same or (stands is None and not fact.refused)):
            return None
        return await self.verbs.enter(Draft(fact=fact, happened=self.clock.civil(), actor=source.by, request=request))


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes over rows, each by one verb."""

    compare: Compare
    verbs: Verbs
    by: Actor

    async def row(self, row: Row) -> Verdict:
        """The verdict on a row, which is true by then."""
        verdict = self.compare.row(row)
        if verdict.what in ("unchanged", "refused"):
            return verdict
        try:
            await self._take(row, verdict.what == "new")
        except Overtaken:
            return refused(row.row, verdict.kind, Mistake("", "overtaken"))
        return verdict

    async def _take(self, row: Row, new: bool) -> None:
        match row:
            case Officer():
                await self._officer(row)
            case Case():
                verb = self.verbs.new_case if new else self.verbs.change_case
                await verb(row, self.compare.who.team(row), self.by)
            case Involved():
                await self._involved(row)
            case _:
                await self.verbs.new_dossier(row.case, row.code, self.by)

    async def _officer(self, row: Officer) -> None:
        known = self.compare.who.officers(row.badge)
        person, before = known[0] if known else (None, NO_CARD)
        card = officer_card(row, before)
        if person is None:
            person = await self.verbs.new_officer(
                card, row.roles or DEFAULT_ROLES, self.by, active=row.active is not False
            )
        else:
            await self.verbs.change_officer(person, row.roles, row.active, card, self.by)
        self.compare.who.directory.add(person, card)

    async def _involved(self, row: Involved) -> None:
        known = self.compare.who.involved(row.number)
        person, before = known[0] if known else (None, NO_CARD)
        card = person_card(row, before)
        person = await self.verbs.involve(row.case, person, row.part, card, self.by)
        self.compare.who.directory.add(person, card)


async def _judged(found: Checked, judge: Callable[[Row], Awaitable[Verdict]]) -> tuple[Verdict, ...]:
    """The verdict on every row, kinds in the order in which they build on each other; others have turns between."""
    judged: dict[int, Verdict] = {}
    for done, (_, row) in enumerate(sorted(found.rows, key=lambda one: ORDER.index(one[0]))):
        if done % PAUSE_EVERY == PAUSE_EVERY - 1:
            await asyncio.sleep(0)
        judged[id(row)] = await judge(row)
    twins = [_twin(row, judged[id(first)]) for row, first in found.twins]
    return in_order([*found.wrong, *judged.values(), *twins])


def _twin(row: Row, first: Verdict) -> Verdict:
    """A row that says what another says is refused as that one is, else there is nothing left to do for it."""
    if first.what == "refused":
        return replace(first, row=row.row)
    return Verdict(row.row, first.kind, "unchanged")
