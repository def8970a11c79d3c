"""The first answer of a request again, from the entry that it caused; it decides and records nothing."""

from custodyd.api import bodies
from custodyd.api.problems import CONFLICT, Problem
from custodyd.api.reading import desk_of, screen
from custodyd.api.routes import Again, Asked
from custodyd.api.services import Services
from custodyd.model.entry import Entry, Fact
from custodyd.model.facts import cabinet, cases, clocks, messages, people

_ENDS = {people.FingerEnrolled.kind, people.EnrolmentFailed.kind, people.FingerRemoved.kind}
_KIOSK = {fact.kind for fact in cabinet.FACTS} - {cabinet.IncidentExplained.kind}


def entered(entry: Entry, id: str | None = None) -> bodies.Entered:
    """Where an entry stands."""
    return bodies.Entered(segment=entry.segment, seq=entry.seq, id=id)


def made(fact: type[Fact], name: str | None = None) -> Again:
    """The answer of a verb whose first entry is a `fact`; its id stands in the entry's field `name`."""

    def again(services: Services, asked: Asked, before: Entry) -> bodies.Entered:
        if before.kind != fact.kind:
            raise Problem(409, CONFLICT, about="request")
        return entered(before, getattr(before, name) if name else None)

    return again


def finger(fact: type[Fact]) -> Again:
    """The answer of a verb that asked a reader: how its granted attempt ended."""

    def again(services: Services, asked: Asked, before: Entry) -> bodies.Entered:
        if before.kind != fact.kind:
            raise Problem(409, CONFLICT, about="request")
        end = _end(services, before)
        if end is None or end.kind == people.EnrolmentFailed.kind:
            raise Problem(409, "not-enrolled", detail=end.data["reason"] if end else None)
        return entered(end, str(end.data["slot"]) if end.kind == people.FingerEnrolled.kind else None)

    return again


def _end(services: Services, granted: Entry) -> Entry | None:
    for entry in services.ledger.entries(granted.at, kind="finger."):
        if entry.device == granted.device and entry.kind in _ENDS and entry.data["slot"] == granted.data["slot"]:
            return entry
    return None


def kiosk(services: Services, asked: Asked, before: Entry) -> bodies.Screen:
    """What the cabinet shows now, with the entry of the first time; a refusal stays one."""
    if before.kind not in _KIOSK:
        raise Problem(409, CONFLICT, about="request")
    if before.kind == cabinet.ActRefused.kind and before.rule is not None:
        raise Problem(403, before.rule.id)
    return screen(services, asked.peer, desk_of(services, asked).screen, entered(before))


def clock_started(services: Services, asked: Asked, before: Entry) -> bodies.Entered:
    """The answer of the verb that started a clock, whose id stands in its data."""
    if before.kind != clocks.ClockStarted.kind:
        raise Problem(409, CONFLICT, about="request")
    return entered(before, str(before.data["id"]))


PERSON = made(people.PersonRegistered, "subject")
CASE = made(cases.CaseAccepted, "case")
DOSSIER = made(cases.DossierRegistered, "object")
REISSUE = made(cases.LabelVoided)
ACKNOWLEDGE = made(messages.MessageAcknowledged)
REPEAT = made(messages.MessageRepeated)
CLOCK_MOVED = made(clocks.ClockMoved)
CLOCK_ENDED = made(clocks.ClockEnded)
EXPLAIN = made(cabinet.IncidentExplained)
ENROL = finger(people.EnrolmentGranted)
REMOVE = finger(people.RemovalGranted)
