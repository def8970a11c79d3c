"""Verbs: each answers only after its entry is durable; whatever opens, approves or enrols needs a finger as well."""

from custodyd.api import bodies
from custodyd.api.again import entered
from custodyd.api.problems import MALFORMED, Problem
from custodyd.api.reading import desk_of, screen
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.clock import from_rfc3339
from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.states import Present
from custodyd.ledger.keys import Card
from custodyd.model.entry import Actor
from custodyd.model.facts.cases import Part
from custodyd.model.station import Right

_A_TIME = "a time is written as 2026-11-24T08:00:00+08:00, between 2000 and 2100"
_EARLIEST, _LATEST = from_rfc3339("2000-01-01T00:00:00+08:00"), from_rfc3339("2100-01-01T00:00:00+08:00")


async def register_person(services: Services, asked: Asked) -> bodies.Entered:
    """A new person under a new pseudonym."""
    body: bodies.Person = asked.body
    card = Card(body.name, body.phone, body.badge)
    actor = asked.peer.actor
    entry = await services.register.person(card, body.roles, actor, emergency=body.emergency, request=asked.key)
    return entered(entry, entry.subject)


async def accept_case(services: Services, asked: Asked) -> bodies.Entered:
    """A case and its officers."""
    body: bodies.Case = asked.body
    officers: tuple[tuple[str, Part], ...] = tuple((officer.person, officer.part) for officer in body.officers)
    entry = await services.register.case(
        body.code, officers, asked.peer.actor,
        accepted=moment(body.accepted) if body.accepted else None, needs_review=body.needs_review, request=asked.key,
    )  # fmt: skip
    return entered(entry, body.code)


async def register_dossier(services: Services, asked: Asked) -> bodies.Entered:
    """A dossier with its first label and its deposit clock."""
    body: bodies.Dossier = asked.body
    foreign = body.foreign_code
    entry = await services.register.dossier(body.case, asked.peer.actor, foreign_code=foreign, request=asked.key)
    return entered(entry, entry.object)


async def reissue(services: Services, asked: Asked) -> bodies.Entered:
    """Void the labels of a dossier and issue the next."""
    body: bodies.Reissue = asked.body
    return entered(await services.register.reissue(asked.path["id"], body.reason, asked.peer.actor, asked.key))


async def explain(services: Services, asked: Asked) -> bodies.Entered:
    """Close an incident with a reason and a name."""
    body: bodies.Explain = asked.body
    entry = await services.register.explain(
        asked.path["id"], body.reason, body.named, body.outcome, asked.peer.actor, asked.key
    )
    return entered(entry)


async def enrol(services: Services, asked: Asked) -> bodies.Entered:
    """Put a finger into a reader: a clerk stands identified at a cabinet, the technician's account asks."""
    body: bodies.Enrol = asked.body
    reader = asked.path["id"]
    entry = await services.enrolment.enrol(reader, body.person, _clerk(services), asked.peer.actor, asked.key)
    return entered(entry, str(entry.data["slot"]))


async def remove(services: Services, asked: Asked) -> bodies.Entered:
    """Take a finger out of a reader."""
    body: bodies.Remove = asked.body
    reader = asked.path["id"]
    entry = await services.enrolment.remove(reader, body.slot, _clerk(services), asked.peer.actor, asked.key)
    return entered(entry)


def _clerk(services: Services) -> Actor | None:
    now = services.clock.elapsed()
    for desk in services.desks.values():
        visit = desk.state.visit
        if isinstance(visit, Present) and now <= visit.until and visit.actor.strength >= 2:
            person = services.lookup.person(visit.actor.person or "")
            if person is not None and Right.ENROL_NAME in person.rights:
                return visit.actor
    return None


async def choose(services: Services, asked: Asked) -> bodies.Screen:
    """Pick a dossier instead of scanning it, or a compartment to count."""
    body: bodies.Choose = asked.body
    due = moment(body.due) if body.due else 0
    if (body.compartment if body.act == "inventory" else body.dossier) is None:
        raise Problem(400, MALFORMED)
    place = f"{asked.path['id']}/{body.compartment}"
    choice = events.Choice(*_now(services), body.act, body.dossier or "", body.purpose, due, place)
    return await _happen(services, asked, choice)


async def terms(services: Services, asked: Asked) -> bodies.Screen:
    """Purpose and due time of the dossier just scanned."""
    body: bodies.Terms = asked.body
    return await _happen(services, asked, events.Terms(*_now(services), body.purpose, moment(body.due)))


async def count(services: Services, asked: Asked) -> bodies.Screen:
    """Pages, seal, finding, or that a compartment is empty."""
    body: bodies.Count = asked.body
    event = events.Counted(*_now(services), body.pages, body.seal, body.finding, body.remark, body.empty)
    return await _happen(services, asked, event)


async def vouch(services: Services, asked: Asked) -> bodies.Screen:
    """Name a person whose finger cannot be read."""
    body: bodies.Vouch = asked.body
    return await _happen(services, asked, events.Vouch(*_now(services), body.person))


async def leave(services: Services, asked: Asked) -> bodies.Screen:
    """The person is done."""
    return await _happen(services, asked, events.Leave(*_now(services)))


async def emergency(services: Services, asked: Asked) -> bodies.Screen:
    """Ask for an emergency opening; a permitted finger opens."""
    body: bodies.Emergency = asked.body
    place = f"{asked.path['id']}/{body.compartment}"
    return await _happen(services, asked, events.EmergencyAsked(*_now(services), place))


async def _happen(services: Services, asked: Asked, event: events.Event) -> bodies.Screen:
    outcome = await desk_of(services, asked).handle(event, asked.key)
    if outcome.refused is not None and outcome.refused.startswith("storage-"):
        raise Problem(503, "storage-failed")
    if outcome.refused is not None:
        raise Problem(403, outcome.refused)
    where = bodies.Entered(segment=outcome.at[0], seq=outcome.at[1]) if outcome.at else None
    return screen(services, asked.peer, outcome.screen, where)


def _now(services: Services) -> tuple[float, int]:
    return services.clock.elapsed(), services.clock.civil()


def moment(text: str) -> int:
    """Microseconds of a time in a body; raises Problem."""
    try:
        moment = from_rfc3339(text)
    except (ValueError, OverflowError) as exc:
        raise Problem(400, MALFORMED, detail=_A_TIME) from exc
    if not _EARLIEST <= moment < _LATEST:  # what no station lives through could not be shown again either
        raise Problem(400, MALFORMED, detail=_A_TIME)
    return moment


async def rebuild(services: Services, asked: Asked) -> bodies.Rows:
    """Fold the record anew and compare with what is kept."""
    found = await services.ledger.rebuild()
    return bodies.Rows(items=[{"table": name, "kept": kept, "rebuilt": made} for name, (kept, made) in found.items()])
