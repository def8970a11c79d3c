"""Telephone numbers of the directory, for the messages that leave and come in; they go nowhere else."""

from dataclasses import dataclass

from custodyd.ledger.errors import Erased, WrongKey
from custodyd.ledger.keys import PersonKeys
from custodyd.reminders.inbox import same_number


@dataclass(frozen=True, slots=True)
class Directory:
    """Reads the cards of people; a card that cannot be read has no number."""

    people: PersonKeys

    def phone(self, person: str) -> str:
        """A person's number, empty where there is none."""
        try:
            return self.people.card(person).phone
        except (Erased, WrongKey):
            return ""

    def whose(self, number: str) -> str | None:
        """The person to whom a number belongs; None where nobody has it."""
        return next((person for person in self.people.people() if same_number(self.phone(person), number)), None)
