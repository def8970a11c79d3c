"""What a statutory clock was counted from: its start, its extensions, its pauses; enough to count it again."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

LAW = Table(
    "clock_law",
    {
        "clock": "text",
        "name": "text",  # the limit
        "law": "text",  # version of the data set
        "start": "int",
        "held": "int",  # 1 | 0
        "asserted": "text",
        "document": "text",
        "paused": "int",  # since when it stands still
        "reason": "text",  # … and why
        "paper": "text",  # … by which document
    },
    ("clock",),
)
CHANGE = Table(
    "clock_change",
    {
        "clock": "text",
        "number": "int",
        "what": "text",  # extension | pause
        "begin": "int",  # of a pause; of an extension, when it was decided
        "end": "int",
        "length": "text",
        "approver": "text",
        "reason": "text",
        "document": "text",
    },
    ("clock", "number"),
)


def _started(rows: Rows, entry: Entry) -> None:
    data = entry.data
    if "reckoning" not in data:
        return  # no limit of the law stands behind it
    law = entry.rule.law if entry.rule is not None else None
    row = {name: data.get(name) for name in ("name", "start", "asserted", "document")}
    rows.put("clock_law", {**row, "clock": data["id"], "law": law, "held": int(data.get("held", False))})


def _moved(rows: Rows, entry: Entry) -> None:
    row = rows.get("clock_law", entry.data["id"])
    if row is not None:
        _MOVES[entry.data["why"]](rows, entry)


def _extended(rows: Rows, entry: Entry) -> None:
    data = entry.data
    _add(rows, entry, "extension", begin=data["decided"], length=data["length"], approver=data["approver"])


def _paused(rows: Rows, entry: Entry) -> None:
    data = entry.data
    amend(rows, "clock_law", data["id"], paused=data["at"], reason=data["reason"], paper=data["document"])


def _resumed(rows: Rows, entry: Entry) -> None:
    row = rows.get("clock_law", entry.data["id"]) or {}
    paper = row["paper"]
    _add(rows, entry, "pause", begin=row["paused"], end=entry.data["at"], reason=row["reason"], document=paper)
    amend(rows, "clock_law", entry.data["id"], paused=None, reason=None, paper=None)


def _corrected(rows: Rows, entry: Entry) -> None:
    data = entry.data
    start, asserted, document = data["start"], data["asserted"], data["document"]
    amend(rows, "clock_law", data["id"], start=start, asserted=asserted, document=document)


def _add(rows: Rows, entry: Entry, what: str, **columns: str | int | None) -> None:
    clock = entry.data["id"]
    number = len(rows.select("clock_change", clock=clock)) + 1
    row = {"clock": clock, "number": number, "what": what, "document": entry.data["document"]}
    rows.put("clock_change", {**row, **columns})


_MOVES = {"extended": _extended, "paused": _paused, "resumed": _resumed, "corrected": _corrected}
CLOCK_INPUTS = Projection("clock_inputs", 1, (LAW, CHANGE), {"clock.started": _started, "clock.moved": _moved})
