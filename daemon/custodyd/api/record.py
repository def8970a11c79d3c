"""The record by the API: entries in order, segments with their checkpoints, stored bytes; it opens no label."""

import base64
import re
from collections.abc import Mapping
from typing import Any, cast

from custodyd.api import bodies
from custodyd.api.problems import MALFORMED, Problem
from custodyd.api.reading import PAGE, TIMES
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.clock import rfc3339
from custodyd.model.entry import Entry
from custodyd.texts import text

_PLACE = re.compile(r"[0-9]{1,15}/(-1|[0-9]{1,15})")
_TIMES_IN_ENTRIES = TIMES | {"at", "last"}


async def entries(services: Services, asked: Asked) -> bodies.Rows:
    """Entries in order; cursor is segment/seq."""
    cursor = asked.query.get("cursor")
    after = place_of(cursor) if cursor else None
    found = services.ledger.entries(after, limit=PAGE, case=asked.query.get("case"))
    more = f"{found[-1].segment}/{found[-1].seq}" if len(found) == PAGE else None
    return bodies.Rows(items=[entry_plain(entry) for entry in found], next=more)


def place_of(cursor: str) -> tuple[str, int]:
    """segment/seq → (segment, seq); raises Problem."""
    if _PLACE.fullmatch(cursor) is None:
        raise Problem(400, MALFORMED, detail="a place in the record is written as segment/seq")
    segment, _, seq = cursor.partition("/")
    return segment, int(seq)


def entry_plain(entry: Entry) -> dict[str, Any]:
    """An entry for people: the caption of its kind, times as text, no sealed box."""
    actor = entry.actor
    found = {
        "id": f"{entry.segment}/{entry.seq}",
        "kind": entry.kind,
        "texts": text(f"kind.{entry.kind}").both(),
        "happened": rfc3339(entry.happened),
        "recorded": rfc3339(entry.recorded),
        "person": actor.person if actor else None,
        "by": actor.by if actor else None,
        "second": entry.second.person if entry.second else None,
        "device": entry.device,
        "place": entry.place,
        "case": entry.case,
        "object": entry.object,
        "subject": entry.subject,
        "rule": entry.rule.id if entry.rule else None,
        "incident": entry.incident,
        "data": _said(entry.data) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _said(value: Any, name: str = "") -> Any:
    """An entry's own fields for people; their exact bytes are at /v1/segments/{id}/raw."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {name: _said(inner, name) for name, inner in fields.items()}
    if isinstance(value, list | tuple):
        return [_said(inner) for inner in cast("list[Any]", value)]
    is_time = name in _TIMES_IN_ENTRIES and isinstance(value, int) and not isinstance(value, bool)
    return rfc3339(value) if is_time else value


async def segments(services: Services, asked: Asked) -> bodies.Rows:
    """Segments of the record with their newest checkpoints."""
    await services.ledger.checkpoint()
    items = [
        {
            "segment": segment,
            "origin": origin,
            "size": size,
            "note": services.ledger.note(segment),
            "vkey": services.ledger.vkey_of(segment),
        }
        for segment, origin, size in services.ledger.segments()
    ]
    return bodies.Rows(items=[*items, {"vkey": services.ledger.vkey}])


async def raw(services: Services, asked: Asked) -> bodies.Rows:
    """The stored bytes of entries, base64, for export."""
    given = asked.query.get("start", "0")
    if not given.isascii() or not given.isdecimal() or len(given) > 15:
        raise Problem(400, MALFORMED, detail="start: an index from 0")
    start = int(given)
    found = services.ledger.raw(asked.path["id"], start, start + PAGE)
    return bodies.Rows(items=[{"bytes": base64.b64encode(data).decode()} for data in found])
