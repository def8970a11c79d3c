"""Listings and states: pseudonymous, without a trace in the record, except where sealed labels are opened."""

import contextlib
from typing import Any

from custodyd.api import bodies
from custodyd.api.peer import Peer
from custodyd.api.problems import MALFORMED, NOT_FOUND, Problem
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.clock import rfc3339
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.desk.cabinet.step import Screen
from custodyd.ledger import RecordUnavailable
from custodyd.ledger.errors import Erased, WrongKey
from custodyd.model.alarm import Alarm
from custodyd.model.entry import Draft
from custodyd.model.facts.people import LabelsOpened
from custodyd.model.projection import Row
from custodyd.model.station import Right
from custodyd.texts import Text, text

PAGE = 200
_LONGEST_WHY = 100
TIMES = frozenset(
    {
        *(
            "accepted",
            "since",
            "start",
            "due",
            "opened",
            "closed",
            "ended",
            "fire_at",
            "again",
            "reviewed",
            "door_since",
        ),
        "counts_from",
    }
)
"""Columns and fields that hold microseconds."""

_CONDITIONS = {
    "door-forced": "incident.forced",
    "door-found": "incident.found-open",
    "left-open": "incident.left-open",
    "emergency": "incident.emergency",
    "interrupted": "incident.interrupted",
    "slot-unknown": "incident.slot-unknown",
    "slot-missing": "incident.slot-missing",
}


def plain(row: Row) -> dict[str, Any]:
    """A row for people: times as text, empty columns left out."""
    return {
        name: rfc3339(value) if name in TIMES and isinstance(value, int) else value
        for name, value in row.items()
        if value is not None
    }


def page_of(services: Services, asked: Asked, table: str, key: str, **equals: Any) -> bodies.Rows:
    """A page of a projection behind the cursor that was asked for."""
    after = asked.query.get("cursor")
    rows = services.ledger.view.select(table, after=(after,) if after else None, limit=PAGE, **equals)
    more = str(rows[-1][key]) if len(rows) == PAGE else None
    return bodies.Rows(items=[plain(row) for row in rows], next=more)


async def status(services: Services, asked: Asked) -> bodies.Status:
    """How the station stands."""
    settings, health = services.settings, services.ledger.health
    return bodies.Status(
        station=settings.station.code,
        label=settings.station.label,
        simulated=settings.simulation is not None,
        now=rfc3339(services.clock.civil()),
        since=rfc3339(services.started),
        segment=health.segment,
        entries=health.size,
        quarantined=health.quarantined,
        devices=_devices(services),
        cabinets=[_cabinet(services, desk) for desk in services.desks.values()],
        storage=health.trouble or "ok",
        alarms=[_alarm(*standing) for standing in services.alarms()],
        incidents=_open_incidents(services),
    )


def _open_incidents(services: Services) -> int | None:
    with contextlib.suppress(RecordUnavailable):  # how the station stands is told also then
        return len(services.ledger.view.select("incident", closed=None))
    return None


def _row(services: Services, table: str, key: str) -> Row:
    """A row, empty where there is none or none can be read."""
    with contextlib.suppress(RecordUnavailable):
        return services.ledger.view.get(table, key) or {}
    return {}


def _alarm(alarm: Alarm, said: Text) -> dict[str, Any]:
    found = {"name": alarm.name, "since": rfc3339(alarm.since), "device": alarm.device or None, "texts": said.both()}
    return {name: value for name, value in found.items() if value is not None}


def _devices(services: Services) -> list[dict[str, Any]]:
    live = services.live()
    found: list[dict[str, Any]] = []
    for device in services.settings.devices.values():
        row = _row(services, "device", device.id)
        state = "seen" if device.id in live else "blind"
        found.append(
            {**plain(row), "device": device.id, "label": device.label, "driver": device.family, "state": state}
        )
    return found


def _cabinet(services: Services, desk: CabinetDesk) -> dict[str, Any]:
    cabinet = services.settings.cabinets[desk.context.cabinet]
    taken = sum(1 for place in desk.context.places if _row(services, "compartment", place).get("dossier"))
    return {
        "cabinet": cabinet.id,
        "label": cabinet.label,
        "compartments": len(desk.context.places),
        "taken": taken,
        "open": sorted(desk.state.open_doors),
        "visit": "armed" if desk.state.armed else type(desk.state.visit).__name__.lower(),
    }


async def devices(services: Services, asked: Asked) -> bodies.Rows:
    """Every configured device."""
    return bodies.Rows(items=_devices(services))


async def wristbands(services: Services, asked: Asked) -> bodies.Rows:
    """Every wristband: heard, unknown, lost, or unheard = not watched; what stands open about it."""
    found = (
        (band, services.ledger.view.get("wristband", band.id) or {}) for band in services.settings.wristbands.values()
    )
    first = ({"wristband": band.id, "label": band.label, "standing": "unheard"} | plain(row) for band, row in found)
    return bodies.Rows(items=list(first))


async def people(services: Services, asked: Asked) -> bodies.Rows:
    """People by pseudonym, their roles also by label."""
    page, roles = page_of(services, asked, "person", "person"), services.settings.roles
    for item in page.items:
        item["labels"] = [roles[role].label for role in str(item["roles"]).split() if role in roles]
    return page


async def names(services: Services, asked: Asked) -> bodies.Rows:
    """Names from the directory; that they were read, and why, is recorded. A card that cannot be read has none."""
    why = asked.query.get("why", "").strip()
    if not 0 < len(why) <= _LONGEST_WHY or not why.isprintable():
        raise Problem(400, MALFORMED, detail=f"why: 1 to {_LONGEST_WHY} characters, kept in the record")
    items = [{"person": person, **_card(services, person)} for person in services.people.people()]
    fact = LabelsOpened(what="names", count=sum("name" in item for item in items), why=why)
    await services.ledger.append(Draft(fact=fact, happened=services.clock.civil(), actor=asked.peer.actor))
    return bodies.Rows(items=items)


def _card(services: Services, person: str) -> dict[str, str]:
    try:
        card = services.people.card(person)
    except (Erased, WrongKey):
        return {}
    return {"name": card.name, "badge": card.badge}


async def cases(services: Services, asked: Asked) -> bodies.Rows:
    """Cases with their officers."""
    page = page_of(services, asked, "case_file", "case_id")
    for item in page.items:
        officers = services.ledger.view.select("officer", case_id=item["case_id"])
        item["officers"] = [{"person": row["person"], "part": row["part"]} for row in officers]
    return page


async def dossiers(services: Services, asked: Asked) -> bodies.Rows:
    """Dossiers, of one case if named."""
    case = asked.query.get("case")
    return page_of(services, asked, "dossier", "dossier", **({"case_id": case} if case else {}))


async def label(services: Services, asked: Asked) -> bodies.Rows:
    """The code of the label in force."""
    dossier = services.lookup.dossier(asked.path["id"])
    if dossier is None:
        raise Problem(404, NOT_FOUND, about="dossier")
    code = services.register.code_of(dossier.id)
    return bodies.Rows(items=[{"code": code, "case": dossier.case, "volume": dossier.volume, "issue": dossier.issue}])


async def clocks(services: Services, asked: Asked) -> bodies.Rows:
    """Running clocks."""
    return page_of(services, asked, "clock", "clock", ended=None)


async def incidents(services: Services, asked: Asked) -> bodies.Rows:
    """Open incidents; with all=1 the closed ones too."""
    page = page_of(services, asked, "incident", "incident", **({} if asked.query.get("all") else {"closed": None}))
    for item in page.items:
        item["texts"] = text(_condition(str(item["incident"]), str(item["kind"]))).both()
    return page


def _condition(incident: str, kind: str) -> str:
    """The sentence for what stands: an incident's id begins with it, else it is the caption of its first entry."""
    what = incident.partition(":")[0]
    return "incident.discrepancy" if what.endswith("-differ") else _CONDITIONS.get(what, f"kind.{kind}")


async def cabinets(services: Services, asked: Asked) -> bodies.Rows:
    """Every cabinet in short."""
    return bodies.Rows(items=[_cabinet(services, desk) for desk in services.desks.values()])


async def compartments(services: Services, asked: Asked) -> bodies.Rows:
    """What stands in which compartment."""
    desk = desk_of(services, asked)
    rows = [services.ledger.view.get("compartment", place) or {"place": place} for place in desk.context.places]
    return bodies.Rows(items=[plain(row) for row in rows])


def desk_of(services: Services, asked: Asked) -> CabinetDesk:
    """The cabinet in the path; raises Problem."""
    desk = services.desks.get(asked.path["id"])
    if desk is None:
        raise Problem(404, NOT_FOUND, about="cabinet", detail=", ".join(services.desks))
    return desk


def screen(services: Services, peer: Peer, shown: Screen, entered: bodies.Entered | None = None) -> bodies.Screen:
    """A screen in both languages, the person greeted by name where the account may read names.

    That leaves no entry of its own: the finger that put the name there has one.
    """
    facts = dict(shown.facts)
    if shown.person is not None:
        card: dict[str, str] = {}
        with contextlib.suppress(RecordUnavailable):  # a name that cannot be read now must not keep a door shut
            card = _card(services, shown.person) if Right.READ_NAMES in peer.rights else {}
        facts["name"] = card.get("name", shown.person)
    return bodies.Screen(
        texts=text(shown.text, **facts).both(),
        mood=shown.mood,
        ask=shown.ask,
        next_step=text(shown.next_step, **facts).both() if shown.next_step else None,
        person=shown.person,
        entered=entered,
    )


async def kiosk(services: Services, asked: Asked) -> bodies.Screen:
    """What the person at the cabinet sees now."""
    return screen(services, asked.peer, desk_of(services, asked).screen)
