"""The drafts that start and end clocks, with the ladder of five colours in them; it must not know who is told how."""

from collections.abc import Sequence
from dataclasses import dataclass

from custodyd.model.entry import Draft, Rule
from custodyd.model.facts.clocks import ClockEnded, ClockStarted, Step
from custodyd.model.projection import View
from custodyd.model.station import Dossier
from custodyd.settings import Reminders, Rung

HOUR_US = 3_600 * 1_000_000
DEPOSIT, LOAN = "dossier-deposit-24h", "dossier-loan"
# rules of the unit, not of the law [ours]
RULES = {DEPOSIT: Rule("deposit-24h", 1), LOAN: Rule("loan-due", 1)}


def steps(rungs: Sequence[Rung], start: int, due: int, opened: int | None = None) -> tuple[Step, ...]:
    """The ladder between start and end, as it is climbed from `opened` on (from the start, if that is not told).

    A rung that would not lie after the start is none, except the first. Of those that were passed when it opened, the
    highest alone stands, at that moment. `rungs` run from the lowest to the highest.
    """
    opened = start if opened is None else max(start, opened)
    first, *others = rungs
    found = [Step(first.colour, opened, first.tell)]
    for rung in others:
        at = due - round((rung.hours_left or 0) * HOUR_US)
        if start < at <= opened:
            found = [Step(rung.colour, opened, rung.tell)]
        elif at > opened:
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
        ladder = steps(self.reminders.deposit.rungs, accepted, due, civil)
        return (_started(DEPOSIT, dossier, case, accepted, civil, due, ladder),)

    def deposited(self, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        """The deposit clock ends, met."""
        return self._ended(DEPOSIT, dossier, civil)

    def loan_began(self, dossier: Dossier, civil: int, due: int) -> tuple[Draft, ...]:
        """The loan's clock starts."""
        ladder = self.reminders.loan((due - civil) / HOUR_US)
        climbed = steps(ladder.rungs, civil, due)
        return (_started(LOAN, dossier.id, dossier.case, civil, civil, due, climbed),)

    def loan_ended(self, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        """The loan's clock ends, met."""
        return self._ended(LOAN, dossier, civil)

    def _ended(self, name: str, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
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


def _started(name: str, dossier: str, case: str, start: int, civil: int, due: int, ladder: tuple[Step, ...]) -> Draft:
    fact = ClockStarted(id=f"{name}:{dossier}:{civil}", name=name, start=start, due=due, steps=ladder)
    return Draft(fact=fact, happened=civil, case=case, object=dossier, rule=RULES[name])
