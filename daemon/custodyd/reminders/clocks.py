"""Running clocks and their due steps: a fold of entries, nothing else."""

from typing import Any

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

CLOCK = Table(
    "clock",
    {
        "clock": "text",
        "name": "text",
        "case_id": "text",
        "object": "text",
        "start": "int",
        "due": "int",
        "colour": "text",
        "moves": "int",  # how often its end or its start changed
        "ended": "int",
    },
    ("clock",),
    (("object",), ("ended",), ("case_id",)),
)
STEP = Table(
    "due_step",
    {"clock": "text", "colour": "text", "fire_at": "int", "tell": "text", "state": "text"},  # pending | reached | moot
    ("clock", "fire_at", "colour"),
    (("state", "fire_at"),),
)


def _started(rows: Rows, entry: Entry) -> None:
    data = entry.data
    row = {"clock": data["id"], "name": data["name"], "case_id": entry.case, "object": entry.object, "moves": 0}
    rows.put("clock", {**row, "start": data.get("start", entry.happened), "due": data.get("due")})
    _await(rows, data)


def _moved(rows: Rows, entry: Entry) -> None:
    clock = rows.get("clock", entry.data["id"])
    if clock is None or clock["ended"] is not None:
        return
    start, due = entry.data.get("start", clock["start"]), entry.data.get("due")
    rows.put("clock", {**clock, "start": start, "due": due, "moves": int(clock["moves"] or 0) + 1})
    _forget(rows, entry.data["id"])
    _await(rows, entry.data)


def _ended(rows: Rows, entry: Entry) -> None:
    clock = rows.get("clock", entry.data["id"])
    if clock is not None and clock["ended"] is None:
        rows.put("clock", {**clock, "ended": entry.recorded})
        _forget(rows, entry.data["id"])


def _reached(rows: Rows, entry: Entry) -> None:
    data = entry.data
    step = rows.get("due_step", data["id"], data["at"], data["colour"])
    if step is not None and step["state"] == "pending":  # a clock that moved or ended meanwhile keeps what it is
        rows.put("due_step", {**step, "state": "reached"})
        amend(rows, "clock", data["id"], colour=data["colour"])


def _await(rows: Rows, data: dict[str, Any]) -> None:
    for step in data["steps"]:
        key = data["id"], step["at"], step["colour"]
        found = rows.get("due_step", *key)
        if found is None or found["state"] != "reached":  # a clock that is set back reaches nothing twice
            tell = " ".join(step.get("tell", ()))
            due = {"clock": key[0], "fire_at": key[1], "colour": key[2], "tell": tell, "state": "pending"}
            rows.put("due_step", due)


def _forget(rows: Rows, clock: str) -> None:
    for step in rows.select("due_step", clock=clock, state="pending"):
        amend(rows, "due_step", step["clock"], step["fire_at"], step["colour"], state="moot")


CLOCKS = Projection(
    "clocks",
    2,
    (CLOCK, STEP),
    {"clock.started": _started, "clock.moved": _moved, "clock.ended": _ended, "reminder.step.reached": _reached},
)
