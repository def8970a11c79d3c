"""Whose police number and whose platform number is whose: the directory's cards by what a case platform knows."""

from dataclasses import dataclass, field

from custodyd.ledger.errors import Erased, WrongKey
from custodyd.ledger.keys import Card, PersonKeys

ByNumber = dict[str, dict[str, Card]]
"""Number → pseudonym → card."""


@dataclass(slots=True)
class Directory:
    """Cards by police number (`badges`) and by the platform's number of a person (`numbers`)."""

    badges: ByNumber = field(default_factory=ByNumber)
    numbers: ByNumber = field(default_factory=ByNumber)

    def add(self, person: str, card: Card) -> None:
        """Note a card, also in place of an older one."""
        for cards, number in ((self.badges, card.badge), (self.numbers, card.number)):
            if number:
                cards.setdefault(number, {})[person] = card


def read(people: PersonKeys) -> Directory:
    """Every card that can be read; blocks on the disk. Raises RecordUnavailable."""
    found = Directory()
    for person in people.people():
        try:
            found.add(person, people.card(person))
        except (Erased, WrongKey):
            continue  # whoever is erased is nobody whom a platform could mean
    return found
