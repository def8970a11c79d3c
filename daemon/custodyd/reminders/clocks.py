"""Running clocks and their due steps: a fold of entries, nothing else."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

CLOCK = Table(
    "clock",
    {
        "clock": "text",
        "name": "text",
        "case_id": "text",
        "object": "text",
        "due": "int",
        "colour": "text",
        "ended": "int",
    },
    ("clock",),
    (("object",), ("ended",)),
)
STEP = Table(
    "due_step",
    {"clock": "text", "colour": "text", "fire_at": "int", "tell": "text", "state": "text"},  # pending | reached | moot
    ("clock", "fire_at", "colour"),
    (("state", "fire_at"),),
)


def _started(rows: Rows, entry: Entry) -> None:
    clock = entry.data["id"]
    row = {"clock": clock, "name": entry.data["name"], "case_id": entry.case, "object": entry.object}
    rows.put("clock", {**row, "due": entry.data["due"]})
    for step in entry.data["steps"]:
        tell = " ".join(step.get("tell", ()))
        due = {"clock": clock, "colour": step["colour"], "fire_at": step["at"], "tell": tell, "state": "pending"}
        rows.put("due_step", due)


def _ended(rows: Rows, entry: Entry) -> None:
    clock = entry.data["id"]
    amend(rows, "clock", clock, ended=entry.recorded)
    for step in rows.select("due_step", clock=clock, state="pending"):
        amend(rows, "due_step", step["clock"], step["fire_at"], step["colour"], state="moot")


def _reached(rows: Rows, entry: Entry) -> None:
    clock, colour = entry.data["id"], entry.data["colour"]
    amend(rows, "clock", clock, colour=colour)
    for step in rows.select("due_step", clock=clock, colour=colour):
        amend(rows, "due_step", step["clock"], step["fire_at"], step["colour"], state="reached")


CLOCKS = Projection(
    "clocks",
    1,
    (CLOCK, STEP),
    {"clock.started": _started, "clock.ended": _ended, "reminder.step.reached": _reached},
)
