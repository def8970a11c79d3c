"""Changing what stands: officers of a case, people and what the directory keeps of them, people of a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import Record
from custodyd.desk.lookup import Lookup
from custodyd.desk.register import NotFound
from custodyd.ledger.keys import Card, PersonKeys, pseudonym
from custodyd.model.entry import Actor, Draft, Fact, Label
from custodyd.model.facts.cases import (
    Involvement,
    OfficerAssigned,
    OfficerReleased,
    Part,
    PersonInvolved,
    ReviewRequired,
)
from custodyd.model.facts.people import CardChanged, CardField, PersonChanged
from custodyd.model.projection import Row


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes in the register of one station; every verb is one transaction, of nothing where nothing changes.

    Each raises NotFound, Erased, WrongKey, RecordUnavailable.
    """

    record: Record
    clock: Clock
    lookup: Lookup
    people: PersonKeys

    def _draft(self, fact: Fact, by: Actor, **where: Any) -> Draft:
        return Draft(fact=fact, happened=self.clock.civil(), actor=by, **where)

    async def case(self, case: str, officers: Mapping[str, Part], by: Actor, *, needs_review: bool) -> None:
        """These are the officers of the case from now on; `needs_review` = 不审不批 applies as well, if it did not."""
        stands = self._case(case)
        if any(self.lookup.person(person) is None for person in officers):
            raise NotFound("person")
        was = {str(row["person"]): row["part"] for row in self.record.view.select("officer", case_id=case)}
        gone = [person for person in was if person not in officers]
        drafts = [self._draft(OfficerReleased(), by, case=case, subject=person) for person in gone]
        for person, part in officers.items():
            if was.get(person) != part:
                drafts.append(self._draft(OfficerAssigned(part=part), by, case=case, subject=person))
        if needs_review and not stands["needs_review"]:
            drafts.append(self._draft(ReviewRequired(), by, case=case))
        await self._enter(drafts)

    async def person(
        self, person: str, by: Actor, *, roles: tuple[str, ...] | None, active: bool | None, card: Card
    ) -> None:
        """Roles, service (None = as they are) and card of a person of the station: entries first, then the card."""
        stands = self.record.view.get("person", person)
        if stands is None:
            raise NotFound("person")
        was = tuple(str(stands["roles"]).split())
        now = was if roles is None or set(roles) == set(was) else roles
        if any(role not in self.lookup.grants for role in now):
            raise NotFound("role", self.lookup.grants)
        serving = bool(stands["active"]) if active is None else active
        drafts = self._carded(person, card, by)
        if now != was or serving != bool(stands["active"]):
            fact = PersonChanged(roles=now, active=serving, emergency=bool(stands["emergency"]))
            drafts.append(self._draft(fact, by, subject=person))
        await self._enter(drafts)
        self._keep(person, card)

    async def involve(self, case: str, person: str | None, part: Involvement, card: Card, by: Actor) -> str:
        """A person of the case in this part, with this card; None = one who is not known yet. Returns the pseudonym."""
        self._case(case)
        fact = PersonInvolved(part=part)
        if person is None:
            person = pseudonym()
            self.people.create(person, card)
            label = Label("/data/name", person, card.name)
            await self._enter([self._draft(fact, by, case=case, subject=person, labels=(label,))])
            return person
        drafts = self._carded(person, card, by)
        stands = self.record.view.get("involved", case, person)
        if stands is None or stands["part"] != part:
            drafts.append(self._draft(fact, by, case=case, subject=person))
        await self._enter(drafts)
        self._keep(person, card)
        return person

    def _case(self, case: str) -> Row:
        row = self.record.view.get("case_file", case)
        if row is None:
            raise NotFound("case")
        return row

    def _carded(self, person: str, card: Card, by: Actor) -> list[Draft]:
        """The entry about a card that is other than the one kept."""
        before = self.people.card(person)
        differing: dict[CardField, bool] = {
            "name": before.name != card.name,
            "phone": before.phone != card.phone,
            "identity": before.identity != card.identity,
        }
        fields: list[CardField] = [name for name, differs in differing.items() if differs]
        labels = (Label("/data/name", person, card.name),) if differing["name"] else ()
        return [self._draft(CardChanged(fields=tuple(fields)), by, subject=person, labels=labels)] if fields else []

    async def _enter(self, drafts: list[Draft]) -> None:
        if drafts:
            await self.record.append(*drafts)

    def _keep(self, person: str, card: Card) -> None:
        if self.people.card(person) != card:
            self.people.change(person, card)
