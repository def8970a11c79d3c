"""The drafts that start and end clocks, with the ladder of five colours in them; it must not know who is told how."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from custodyd.model.entry import Draft, Rule
from custodyd.model.facts.clocks import ClockEnded, ClockStarted, Step
from custodyd.model.projection import View
from custodyd.model.station import Dossier
from custodyd.settings import Reminders, Rung

HOUR_US = 3_600 * 1_000_000
Name = Literal["dossier-deposit", "dossier-loan"]
# rules of the unit, not of the law [ours]
RULES: dict[Name, Rule] = {"dossier-deposit": Rule("deposit-24h", 1), "dossier-loan": Rule("loan-due", 1)}


def steps(rungs: Iterable[Rung], start: int, due: int) -> tuple[Step, ...]:
    """The ladder between start and end; a rung that would lie before the start is moot, except the first."""
    found: list[Step] = []
    for rung in rungs:
        at = start if rung.hours_left is None else due - round(rung.hours_left * HOUR_US)
        if at > start or rung.hours_left is None:
            found.append(Step(rung.colour, at, rung.tell))
    return tuple(found)


@dataclass(slots=True)
class Ladders:
    """Makes clocks after a unit's settings, which a reload may replace: clocks that run keep the ladder they have."""

    reminders: Reminders
    deposit_hours: float
    view: View

    def expected(self, dossier: str, case: str, accepted: int, civil: int) -> tuple[Draft, ...]:
        """The deposit clock of a dossier, from the acceptance of its case."""
        due = accepted + round(self.deposit_hours * HOUR_US)
        ladder = steps(self.reminders.deposit.rungs, accepted, due)
        return (_started("dossier-deposit", dossier, case, civil, due, ladder),)

    def deposited(self, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        """The deposit clock ends, met."""
        return self._ended("dossier-deposit", dossier, civil)

    def loan_began(self, dossier: Dossier, civil: int, due: int) -> tuple[Draft, ...]:
        """The loan's clock starts."""
        ladder = self.reminders.loan((due - civil) / HOUR_US)
        return (_started("dossier-loan", dossier.id, dossier.case, civil, due, steps(ladder.rungs, civil, due)),)

    def loan_ended(self, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        """The loan's clock ends, met."""
        return self._ended("dossier-loan", dossier, civil)

    def _ended(self, name: Name, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        rows = self.view.select("clock", object=dossier.id, name=name, ended=None)
        return tuple(
            Draft(
                fact=ClockEnded(id=str(row["clock"]), met=True),
                happened=civil,
                case=dossier.case,
                object=dossier.id,
                rule=RULES[name],
            )
            for row in rows
        )


def _started(name: Name, dossier: str, case: str, civil: int, due: int, ladder: tuple[Step, ...]) -> Draft:
    fact = ClockStarted(id=f"{name}:{dossier}:{civil}", name=name, due=due, steps=ladder)
    return Draft(fact=fact, happened=civil, case=case, object=dossier, rule=RULES[name])
