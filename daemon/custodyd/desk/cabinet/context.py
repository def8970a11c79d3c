"""What a cabinet's machine knows besides its state: its own shape, its limits, and how to ask the record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from custodyd.desk.cabinet.events import Event
from custodyd.desk.cabinet.states import Motion, State
from custodyd.desk.lookup import Lookup
from custodyd.desk.permitted import EmergencyFingers
from custodyd.model.entry import Actor, Cause, Draft, Fact, Label, Rule
from custodyd.model.facts.cabinet import DiscrepancyOpened, InventoryEnded
from custodyd.model.station import Case, Dossier


@dataclass(frozen=True, slots=True)
class Limits:
    """Elapsed seconds: authority of an identification, lapse after a pulse, door left open, time to count.

    Defaults are the house's; a unit may only shorten them.
    """

    authority_s: float = 60.0
    lapse_s: float = 10.0
    left_open_s: float = 60.0
    count_s: float = 60.0


Kind = Literal["dossier", "property"]
"""What a cabinet holds, which decides what can be done at it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A code that leads to a dossier."""

    dossier: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A code that leads nowhere, and why."""

    reason: Literal["unknown", "forged", "void", "unreadable"]


class Clocks(Protocol):
    """What the desk needs of the reminders: the drafts that start and end clocks."""

    def loan_began(self, dossier: Dossier, civil: int, due: int) -> tuple[Draft, ...]:
        """The loan's clock starts."""
        ...

    def loan_ended(self, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        """The loan's clock ends, met."""
        ...

    def deposited(self, dossier: Dossier, civil: int) -> tuple[Draft, ...]:
        """The deposit clock of the dossier ends, met."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """One cabinet: its id, its places in the order in which they are filled, and what it asks."""

    cabinet: str
    places: tuple[str, ...]
    lookup: Lookup
    read_code: Callable[[str], Read | Unread]
    clocks: Clocks
    permitted: EmergencyFingers
    limits: Limits = Limits()
    kind: Kind = "dossier"
    has_reader: bool = True

    def free_place(self, state: State) -> str | None:
        """The first compartment that may be given: rather one that was seen empty than one that is believed so."""
        believed: str | None = None
        for place in self.places:
            if place in state.open_doors or not self.lookup.is_free(place):
                continue
            if self.lookup.is_confirmed(place):
                return place
            believed = believed or place
        return believed

    def inventory_ends(self, event: Event, seen: str) -> tuple[Draft, ...]:
        """The end of this cabinet's inventory where `seen` was its last unconfirmed compartment."""
        incidents = self.lookup.open_inventories(self.cabinet)
        if not incidents or not all(place == seen or self.lookup.is_confirmed(place) for place in self.places):
            return ()
        return tuple(self.draft(event, InventoryEnded(), incident=incident) for incident in incidents)

    def case_of(self, dossier: Dossier) -> Case:
        """The dossier's case; one without a case row has no officers."""
        return self.lookup.case(dossier.case) or Case(dossier.case, frozenset(), needs_review=True)

    def draft(
        self,
        event: Event,
        fact: Fact,
        *,
        place: str | None = None,
        actor: Actor | None = None,
        second: Actor | None = None,
        dossier: Dossier | None = None,
        rule: Rule | None = None,
        incident: str | None = None,
        cause: Cause | None = None,
        device: str | None = None,
        labels: tuple[Label, ...] = (),
    ) -> Draft:
        """An entry about this cabinet at the moment of `event`."""
        return Draft(
            fact=fact,
            happened=event.civil,
            actor=actor,
            second=second,
            place=place or self.cabinet,
            case=dossier.case if dossier else None,
            object=dossier.id if dossier else None,
            rule=rule,
            incident=incident,
            causes=(cause,) if cause else (),
            device=device,
            labels=labels,
        )

    def of_motion(self, event: Event, fact: Fact, motion: Motion, **more: str) -> Draft:
        """An entry about a granted motion, caused by its grant."""
        return Draft(
            fact=fact,
            happened=event.civil,
            actor=motion.actor,
            second=motion.second,
            place=motion.place,
            case=motion.case or None,
            object=motion.dossier or None,
            causes=(motion.cause,) if motion.cause else (),
            incident=more.get("incident"),
        )

    def discrepancy(self, event: Event, motion: Motion, fact: DiscrepancyOpened) -> Draft:
        """What was found is not what the record says of the motion's dossier: an incident."""
        incident = incident_id(f"{fact.what}-differ", motion.dossier, event.civil)
        return self.of_motion(event, fact, motion, incident=incident)


def incident_id(what: str, where: str, civil: int) -> str:
    """An id that set and clear of one condition share; readable, unique by its moment."""
    return f"{what}:{where}:{civil}"
