"""Emergency openings on their way into the record: a line first, an entry at the first chance; it moves no bolt."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from custodyd import policy
from custodyd.desk.cabinet.line import EmergencyLine, Opening
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Cause, Draft, Entry
from custodyd.model.facts import cabinet as facts
from custodyd.model.projection import View


class Record(Protocol):
    """What openings need of the ledger."""

    @property
    def view(self) -> View:
        """The projections; every question raises RecordUnavailable."""
        ...

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make drafts durable; raises RecordUnavailable."""
        ...


@dataclass(slots=True)
class Owed:
    """The openings of one cabinet that no entry tells of yet. `tell` gives the messages about an opening.

    `some` = at least one waits in the line.
    """

    record: Record
    line: EmergencyLine
    places: Sequence[str]
    tell: Callable[[Opening], Sequence[Draft]]
    some: bool = False

    def lined(self, opening: Opening) -> bool:
        """Write the line; tells whether it stands."""
        try:
            self.line.write(opening)
        except OSError:
            return False
        return True

    async def enter_all(self) -> None:
        """Enter what the record could not take before; what it still refuses stays owed."""
        openings = [opening for opening in self.line.openings() if opening.place in self.places]
        self.some = None in [await self.enter(opening) for opening in openings]

    async def enter(self, opening: Opening) -> Cause | None:
        """Enter it unless it stands already; None while the record refuses: its line is tried again."""
        try:
            at = self._entered(opening) or await self._append(opening)
        except RecordUnavailable:
            self.some = True
            return None
        with contextlib.suppress(OSError):  # a line that stays is known by its incident
            self.line.clear(opening)
        return at

    def _entered(self, opening: Opening) -> Cause | None:
        row = self.record.view.get("incident", opening.incident)
        if row is None or row["kind"] != facts.EmergencyOpened.kind:
            return None
        return str(row["segment"]), int(row["seq"] or 0)

    async def _append(self, opening: Opening) -> Cause:
        draft = Draft(
            fact=facts.EmergencyOpened(),
            happened=opening.happened,
            actor=opening.actor,
            place=opening.place,
            rule=policy.rule("emergency-only-permitted"),
            incident=opening.incident,
            request=opening.request,
        )
        return (await self.record.append(draft, *self.tell(opening)))[0].at
