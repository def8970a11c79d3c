"""Registering people, cases, dossiers and labels, and closing incidents: paper work without a door, by account."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from custodyd.clock import Clock
from custodyd.desk.cabinet.context import Clocks, Read, Unread
from custodyd.desk.cabinet.desk import Record
from custodyd.desk.lookup import Lookup
from custodyd.labels import codes
from custodyd.ledger.keys import Card, PersonKeys, pseudonym
from custodyd.model.entry import Actor, Draft, Entry, Fact, Label
from custodyd.model.facts import cabinet as cabinet_facts
from custodyd.model.facts import cases as case_facts
from custodyd.model.facts import people as people_facts
from custodyd.model.projection import Row
from custodyd.model.station import Whereabouts


class NotFound(Exception):
    """What a request names is not in the record; `what` is the kind of thing, `possible` what could be named."""

    def __init__(self, what: str, possible: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.possible = tuple(possible)


class Conflict(Exception):
    """What a request wants contradicts what stands; `what` is the kind of thing, `rule` the one that says so."""

    def __init__(self, what: str, rule: str = "conflict") -> None:
        super().__init__(what)
        self.what = what
        self.rule = rule


class DepositClocks(Clocks, Protocol):
    """Clocks, and the one that a registered dossier starts."""

    def expected(self, dossier: str, case: str, accepted: int, civil: int) -> tuple[Draft, ...]:
        """The deposit clock starts at the acceptance of the case."""
        ...


@dataclass(frozen=True, slots=True)
class Register:
    """The register of one station. Every verb is one transaction; `by` is the account or person who asks."""

    record: Record
    clock: Clock
    lookup: Lookup
    clocks: DepositClocks
    people: PersonKeys
    label_key: bytes
    fresh_id: Callable[[], str] = codes.fresh_id

    def _draft(self, fact: Fact, by: Actor, request: str | None = None, **where: str | None) -> Draft:
        return Draft(fact=fact, happened=self.clock.civil(), actor=by, request=request, **where)  # type: ignore[arg-type]  # ids only

    async def person(
        self, card: Card, roles: tuple[str, ...], by: Actor, *, emergency: bool, request: str | None,
        active: bool = True,
    ) -> Entry:  # fmt: skip
        """A new person: key and card first, then the entry with the sealed name; returns the entry (its subject).

        One who is not `active` is known and in no service: an officer of old cases.
        """
        if not roles or any(role not in self.lookup.grants for role in roles):
            raise NotFound("role", self.lookup.grants)
        person = pseudonym()
        self.people.create(person, card)
        draft = Draft(
            fact=people_facts.PersonRegistered(roles=roles, emergency=emergency),
            happened=self.clock.civil(),
            actor=by,
            subject=person,
            request=request,
            labels=(Label("/data/name", person, card.name),),
        )
        left = people_facts.PersonChanged(roles=roles, active=False, emergency=emergency)
        gone = () if active else (self._draft(left, by, subject=person),)
        return (await self.record.append(draft, *gone))[0]

    async def case(
        self, case: str, officers: tuple[tuple[str, case_facts.Part], ...], by: Actor, *, accepted: int | None,
        needs_review: bool, request: str | None,
    ) -> Entry:  # fmt: skip
        """Accept a case with its officers; raises Conflict if its code stands already, NotFound for unknown people."""
        if self.lookup.case(case) is not None:
            raise Conflict("case")
        if any(self.lookup.person(person) is None for person, _ in officers):
            raise NotFound("person")
        moment = self.clock.civil() if accepted is None else accepted
        fact = case_facts.CaseAccepted(accepted=moment, needs_review=needs_review)
        drafts = [self._draft(fact, by, request, case=case)]
        for person, part in officers:
            drafts.append(self._draft(case_facts.OfficerAssigned(part=part), by, case=case, subject=person))
        return (await self.record.append(*drafts))[0]

    async def dossier(self, case: str, by: Actor, *, foreign_code: str | None, request: str | None) -> Entry:
        """A new dossier with its first label; its 24 h deposit clock starts. Returns the entry (its object).

        Raises NotFound without the case, Conflict when another dossier carries `foreign_code`: a code leads to one.
        """
        row = self.record.view.get("case_file", case)
        if row is None:
            raise NotFound("case")
        if foreign_code is not None and self.record.view.select("dossier", foreign_code=foreign_code):
            raise Conflict("code")
        volume = len(self.record.view.select("dossier", case_id=case)) + 1
        dossier = self.fresh_id()
        registered = case_facts.DossierRegistered(volume=volume, foreign_code=foreign_code)
        issued = case_facts.LabelIssued(letter=codes.Kind.DOSSIER.value, issue=1)
        civil = self.clock.civil()
        return (
            await self.record.append(
                self._draft(registered, by, request, case=case, object=dossier),
                self._draft(issued, by, case=case, object=dossier),
                *self.clocks.expected(dossier, case, int(row["accepted"] or civil), civil),
            )
        )[0]

    async def reissue(
        self, dossier: str, reason: Literal["torn", "lost", "copied"], by: Actor, request: str | None
    ) -> Entry:
        """Void every label of a dossier and issue the next one; raises NotFound."""
        found = self.lookup.dossier(dossier)
        if found is None:
            raise NotFound("dossier")
        voided = case_facts.LabelVoided(issue=found.issue, reason=reason)
        issued = case_facts.LabelIssued(letter=codes.Kind.DOSSIER.value, issue=found.issue + 1)
        entries = await self.record.append(
            self._draft(voided, by, request, case=found.case, object=dossier),
            self._draft(issued, by, case=found.case, object=dossier),
        )
        return entries[0]

    async def explain(
        self, incident: str, reason: str, named: str, outcome: Literal["stored", "out", "unchanged"] | None, by: Actor,
        request: str | None,
    ) -> Entry:  # fmt: skip
        """Close an incident with a reason and a name; raises NotFound, Conflict when it is closed.

        An interrupted motion ends with where the dossier is; one that a count missed may be out; no other incident
        moves one: Conflict.
        """
        row = self.record.view.get("incident", incident)
        if row is None or self.lookup.person(named) is None:
            raise NotFound("incident" if row is None else "person")
        if row["closed"]:
            raise Conflict("incident")
        if row["kind"] == cabinet_facts.InventoryOpened.kind:  # words do not count a compartment
            raise Conflict("incident", "inventory-by-count")
        if not self._fits(row, outcome):
            raise Conflict("outcome")
        draft = Draft(
            fact=cabinet_facts.IncidentExplained(named=named, outcome=outcome),
            happened=self.clock.civil(),
            actor=by,
            incident=incident,
            request=request,
            place=_text(row["place"]),
            object=_text(row["object"]),
            case=_text(row["case_id"]),
            labels=(Label("/data/reason", named, reason),),
        )
        ended = self._settled(_text(row["object"])) if outcome == "stored" else ()
        return (await self.record.append(draft, *ended))[0]

    def _fits(self, row: Row, outcome: str | None) -> bool:
        moves = outcome in ("stored", "out")
        if row["kind"] != cabinet_facts.DiscrepancyOpened.kind or not moves:
            return moves == (row["kind"] == cabinet_facts.MotionInterrupted.kind)
        missed = self.lookup.dossier(_text(row["object"]) or "")
        return outcome == "out" and missed is not None and missed.state is Whereabouts.UNSETTLED

    def _settled(self, dossier: str | None) -> tuple[Draft, ...]:
        """What stands in the cabinet is waited for no longer."""
        found = self.lookup.dossier(dossier or "")
        if found is None:
            return ()
        civil = self.clock.civil()
        return (*self.clocks.deposited(found, civil), *self.clocks.loan_ended(found, civil))

    def code_of(self, dossier: str) -> str:
        """The text of the label in force; raises NotFound."""
        found = self.lookup.dossier(dossier)
        if found is None or not found.issue:
            raise NotFound("dossier")
        return codes.make(codes.Kind.DOSSIER, dossier, found.issue, self.label_key)

    def read_code(self, text: str) -> Read | Unread:
        """What a scanned code leads to: a label of ours in force, or one that the case platform printed."""
        if not _is_unicode(text):
            return Unread("unknown")
        label = codes.read(text, self.label_key)
        if isinstance(label, codes.NoLabel):
            foreign = self.lookup.dossier_by_foreign_code(text)
            if foreign is not None:
                return Read(foreign.id)
            return Unread("forged" if label.flaw is codes.Flaw.SIGNATURE else "unknown")
        found = self.lookup.dossier(label.id) if label.kind is codes.Kind.DOSSIER else None
        if found is None:
            return Unread("unknown")
        return Read(found.id) if label.issue == found.issue else Unread("void")


def _is_unicode(text: str) -> bool:
    """Whether it can be written at all: what a scanner sent may hold halves of surrogate pairs."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _text(value: object) -> str | None:
    return str(value) if value is not None else None
