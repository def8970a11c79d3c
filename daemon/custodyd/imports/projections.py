"""How each source of imports stands: what its newest import brought, and whether its view can be read."""

from custodyd.imports.outcome import fingerprint
from custodyd.model.entry import Entry
from custodyd.model.facts.imports import Refusal
from custodyd.model.projection import Projection, Rows, Table

SOURCE = Table(
    "import_source",
    {
        "source": "text",
        "since": "int",  # of the newest import that changed anything
        "new": "int",
        "changed": "int",
        "unchanged": "int",
        "refused": "int",
        "refusals": "text",
        "blind": "text",  # why its view cannot be read; null = it can, or it has none
        "blind_since": "int",
        "incident": "text",
    },
    ("source",),
)
_COUNTS = ("new", "changed", "unchanged", "refused")


def _applied(rows: Rows, entry: Entry) -> None:
    data = entry.data
    refusals = [Refusal(one["row"], one["kind"], one["column"], one["why"]) for one in data.get("refusals", ())]
    counts: dict[str, int] = {name: data[name] for name in _COUNTS}
    refused = fingerprint(refusals, data.get("more", 0))
    _put(rows, data["source"], since=entry.recorded, refusals=refused, **counts)


def _blind(rows: Rows, entry: Entry) -> None:
    _put(rows, entry.data["source"], blind=entry.data["reason"], blind_since=entry.happened, incident=entry.incident)


def _seen(rows: Rows, entry: Entry) -> None:
    _put(rows, entry.data["source"], blind=None, blind_since=None, incident=None)


def _put(rows: Rows, source: str, **columns: str | int | None) -> None:
    rows.put("import_source", {"source": source, **(rows.get("import_source", source) or {}), **columns})


IMPORTS = Projection(
    "imports",
    2,
    (SOURCE,),
    {"import.applied": _applied, "import.blind.began": _blind, "import.blind.ended": _seen},
)
