"""Who is meant by a platform's numbers: the directory's cards beside the people whom the record knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from custodyd.imports.directory import ByNumber, Directory
from custodyd.imports.rows import Case, Involved, Officer
from custodyd.ledger.keys import Card
from custodyd.model.facts.cases import Part
from custodyd.model.projection import View

Found = list[tuple[str, Card]]


@dataclass(frozen=True, slots=True)
class Who:
    """Answers from the directory as it was read, and from the record as it stands."""

    view: View
    directory: Directory

    def officers(self, badge: str) -> Found:
        """Every member of the unit with this police number."""
        return self._known(self.directory.badges, badge, "person")

    def involved(self, number: str) -> Found:
        """Every person of a case with this number."""
        return self._known(self.directory.numbers, number, "involved")

    def _known(self, cards: ByNumber, number: str, table: str) -> Found:
        """Without cards whose entry was never written: they belong to nobody."""
        found = cards.get(number, {}).items()
        return [(person, card) for person, card in found if self.view.select(table, person=person, limit=1)]

    def one(self, badge: str) -> str | None:
        """The member of the unit with this number, if there is exactly one."""
        found = self.officers(badge)
        return found[0][0] if len(found) == 1 else None

    def team(self, row: Case) -> dict[str, Part]:
        """The officers whom the case has with this row; co-officers stay where the row says nothing of them."""
        co = self._people(row.co or ())
        if row.co is None:
            co = [str(one["person"]) for one in self.view.select("officer", case_id=row.code, part="co")]
        found: dict[str, Part] = {}
        for person in co:
            found[person] = "co"
        for person in self._people((row.lead,)):
            found[person] = "lead"
        return found

    def _people(self, badges: Iterable[str]) -> list[str]:
        return [person for badge in badges if (person := self.one(badge)) is not None]


def officer_card(row: Officer, before: Card) -> Card:
    """The card with what the row says; what it does not say stays."""
    phone = before.phone if row.phone is None else row.phone
    return Card(row.name, phone, row.badge, before.identity, before.number)


def person_card(row: Involved, before: Card) -> Card:
    """The card of a person of a case with what the row says."""
    identity = before.identity if row.identity is None else row.identity
    return Card(row.name, before.phone, before.badge, identity, row.number)


NO_CARD = Card("")
