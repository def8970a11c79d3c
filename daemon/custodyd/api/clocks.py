"""Statutory clocks: verbs by account, each with its paper, and the arithmetic as it stands in the entries."""

import msgspec

from custodyd.api import bodies
from custodyd.api.acting import moment
from custodyd.api.again import entered
from custodyd.api.problems import MALFORMED, NOT_FOUND, Problem
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.clock import rfc3339
from custodyd.desk.clocks.desk import Start
from custodyd.law import Length, Line
from custodyd.law.words import explained
from custodyd.model.entry import Entry
from custodyd.model.facts.clocks import Reckoning
from custodyd.texts import Locale, text

_MOST = 10_000  # entries of one case about its clocks


async def start(services: Services, asked: Asked) -> bodies.Entered:
    """A clock of a limit of the data set."""
    body: bodies.ClockStart = asked.body
    began = Start(moment(body.start), body.asserted, body.document, body.held)
    entry = await services.clocks.start(
        body.case, body.limit, began, asked.peer.actor, object=body.object, request=asked.key
    )
    return entered(entry, str(entry.data["id"]))


async def extend(services: Services, asked: Asked) -> bodies.Entered:
    """A longer total, approved on paper."""
    body: bodies.ClockExtend = asked.body
    entry = await services.clocks.extend(
        asked.path["id"], _length(body.total), body.approver, body.document, asked.peer.actor,
        decided=_perhaps(body.decided), request=asked.key,
    )  # fmt: skip
    return entered(entry)


async def pause(services: Services, asked: Asked) -> bodies.Entered:
    """It stands still."""
    body: bodies.ClockPause = asked.body
    return entered(
        await services.clocks.pause(
            asked.path["id"], body.reason, body.document, asked.peer.actor, at=_perhaps(body.at), request=asked.key
        )
    )


async def resume(services: Services, asked: Asked) -> bodies.Entered:
    """It goes on."""
    body: bodies.ClockResume = asked.body
    return entered(
        await services.clocks.resume(
            asked.path["id"], body.document, asked.peer.actor, at=_perhaps(body.at), request=asked.key
        )
    )


async def correct(services: Services, asked: Asked) -> bodies.Entered:
    """Another start; the old one stays in the record."""
    body: bodies.ClockCorrect = asked.body
    began = Start(moment(body.start), body.asserted, body.document)
    return entered(await services.clocks.correct(asked.path["id"], began, asked.peer.actor, request=asked.key))


async def end(services: Services, asked: Asked) -> bodies.Entered:
    """Met, or void."""
    body: bodies.ClockEnd = asked.body
    actor, key = asked.peer.actor, asked.key
    return entered(
        await services.clocks.end(asked.path["id"], actor, met=body.met, document=body.document, request=key)
    )


async def explain(services: Services, asked: Asked) -> bodies.Rows:
    """Every entry of one clock, with the arithmetic that stands in it, in both languages."""
    row = services.ledger.view.get("clock", asked.path["id"])
    if row is None:
        raise Problem(404, NOT_FOUND, about="clock")
    case = row["case_id"]
    entries = services.ledger.entries(limit=_MOST, kind="clock.", case=str(case) if case is not None else None)
    return bodies.Rows(items=[_told(entry) for entry in entries if entry.data.get("id") == asked.path["id"]])


def _told(entry: Entry) -> dict[str, object]:
    data = entry.data
    found: dict[str, object] = {"segment": entry.segment, "seq": entry.seq, "kind": entry.kind}
    found["texts"] = text(f"kind.{entry.kind}").both()
    found |= {name: data[name] for name in ("why", "document", "approver", "asserted", "length", "met") if name in data}
    moments = ("start_before", "start", "due_before", "due", "at", "decided")
    found |= {name: rfc3339(data[name]) for name in moments if isinstance(data.get(name), int)}
    if entry.rule is not None:
        found |= {"limit": entry.rule.id, "law": entry.rule.law}
    if "reckoning" in data:
        found |= _reckoned(data["reckoning"])
    return found


def _reckoned(data: object) -> dict[str, object]:
    counted = msgspec.convert(data, Reckoning)
    lines = [Line(one.op, one.values) for one in counted.lines]
    said = {locale.value: explained(lines, locale) for locale in Locale}
    return {"article": counted.article, "status": counted.status, "lines": said}


def _length(text: str) -> Length:
    try:
        return Length.parse(text)
    except ValueError as exc:
        raise Problem(400, MALFORMED, detail=str(exc)) from exc


def _perhaps(text: str | None) -> int | None:
    return None if text is None else moment(text)
