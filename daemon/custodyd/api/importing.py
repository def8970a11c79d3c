"""Rows of a case platform by the API: previewed, taken over; what one source brought. Rows are checked in `imports`."""

import re
from collections.abc import Iterable
from typing import Any

from custodyd.api import bodies
from custodyd.api.again import entered
from custodyd.api.problems import CONFLICT, MALFORMED, Problem
from custodyd.api.reading import plain
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.imports.importer import Source
from custodyd.imports.outcome import Outcome
from custodyd.imports.rows import Mistake, Raw, Verdict
from custodyd.model.entry import Entry
from custodyd.model.facts.imports import ImportApplied

LARGEST = 2 * 1024 * 1024  # bytes of a body with 2,000 rows
_A_SOURCE = "a source is named by small letters, digits and -, and not as one that is polled"
_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


async def preview(services: Services, asked: Asked) -> bodies.Imported:
    """What taking these rows over would do; nothing is written."""
    source = _source(services, asked)
    return _told(source.id, await services.imports.preview(_raws(asked.body), source))


async def apply(services: Services, asked: Asked) -> bodies.Imported:
    """Take these rows over; bad ones are listed, each good one is whole."""
    source = _source(services, asked)
    return _told(source.id, await services.imports.apply(_raws(asked.body), source, asked.key))


async def sources(services: Services, asked: Asked) -> bodies.Rows:
    """Every source from which something came, and what its newest import brought."""
    rows = services.ledger.view.select("import_source")
    told = ({name: value for name, value in row.items() if name != "refusals"} for row in rows)
    return bodies.Rows(items=[plain(row) for row in told])


def _source(services: Services, asked: Asked) -> Source:
    id = asked.path["id"]
    if _SOURCE.fullmatch(id) is None or id in services.settings.imports:
        raise Problem(400, MALFORMED, detail=_A_SOURCE)
    roles = services.settings.roles.values()
    return Source(id, asked.peer.actor, {name: role.id for role in roles for name in (role.id, role.label)})


def _raws(body: bodies.Import) -> list[Raw]:
    return [Raw(row.row, row.kind, row.fields) for row in body.rows]


def _told(source: str, outcome: Outcome) -> bodies.Imported:
    return bodies.Imported(
        source=source,
        new=outcome.count("new"),
        changed=outcome.count("changed"),
        unchanged=outcome.count("unchanged"),
        refused=outcome.count("refused"),
        rows=[_row(verdict) for verdict in outcome.verdicts if verdict.what != "unchanged"],
        entered=entered(outcome.entry) if outcome.entry is not None else None,
    )


def _row(verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {"row": verdict.row, "kind": verdict.kind, "what": verdict.what}
    if verdict.fields:
        found["fields"] = list(verdict.fields)
    if verdict.mistakes:
        found["mistakes"] = _mistakes(verdict.row, verdict.mistakes)
    return found


def _mistakes(row: int, mistakes: Iterable[Mistake]) -> list[dict[str, Any]]:
    return [{"column": one.column, "why": one.why, "texts": one.told(row).both()} for one in mistakes]


def again(services: Services, asked: Asked, before: Entry) -> bodies.Imported:
    """The counts of the first time, and what was refused then; new and changed rows are not kept one by one."""
    data = before.data
    if before.kind != ImportApplied.kind or data["source"] != asked.path["id"]:
        raise Problem(409, CONFLICT, about="request")
    return bodies.Imported(
        source=data["source"],
        new=data["new"],
        changed=data["changed"],
        unchanged=data["unchanged"],
        refused=data["refused"],
        rows=[_refusal(one) for one in data.get("refusals", ())],
        more=data.get("more", 0),
        entered=entered(before),
    )


def _refusal(one: dict[str, Any]) -> dict[str, Any]:
    mistakes = _mistakes(one["row"], [Mistake(one["column"], one["why"])])
    return {"row": one["row"], "kind": one["kind"], "what": "refused", "mistakes": mistakes}
