"""Running clocks, their due steps and the messages on their way: folds of entries, nothing else."""

from collections.abc import Sequence

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Row, Rows, Table, Value

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
MESSAGE = Table(
    "message",
    {
        "message": "text",
        "person": "text",
        "text": "text",
        "about": "text",
        "colour": "text",
        "parts": "int",
        "state": "text",  # intended | handing | accepted | delivered | failed | unknown
        "attempts": "int",
        "again": "int",  # when to try next, while intended
        "since": "int",
        "reason": "text",
    },
    ("message",),
    (("state", "again"), ("about",)),
)
PART = Table(
    "message_part",
    {"device": "text", "reference": "int", "message": "text", "since": "int"},
    ("device", "reference"),
    (("message",),),
)


def _amend(rows: Rows, table: str, row: Row | None, **columns: Value) -> None:
    if row is not None:
        rows.put(table, {**row, **columns})


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
    _amend(rows, "clock", rows.get("clock", clock), ended=entry.recorded)
    for step in rows.select("due_step", clock=clock, state="pending"):
        _amend(rows, "due_step", step, state="moot")


def _reached(rows: Rows, entry: Entry) -> None:
    clock, colour = entry.data["id"], entry.data["colour"]
    _amend(rows, "clock", rows.get("clock", clock), colour=colour)
    for step in rows.select("due_step", clock=clock, colour=colour):
        _amend(rows, "due_step", step, state="reached")


def _intended(rows: Rows, entry: Entry) -> None:
    data = entry.data
    if rows.get("message", data["id"]) is not None:
        return  # one message per thing, colour and person: a second intention sends nothing
    row = {name: data[name] for name in ("text", "about", "colour", "parts")}
    first = {"message": data["id"], "person": entry.subject, "state": "intended", "attempts": 0}
    rows.put("message", {**row, **first, "again": entry.happened, "since": entry.recorded})


def _state(state: str, rows: Rows, entry: Entry, **columns: Value) -> None:
    row = rows.get("message", entry.data["id"])
    _amend(rows, "message", row, state=state, since=entry.recorded, **columns)


def _handing(rows: Rows, entry: Entry) -> None:
    _state("handing", rows, entry, attempts=entry.data["attempt"])


def _accepted(rows: Rows, entry: Entry) -> None:
    _state("accepted", rows, entry)
    _parts(rows, entry, entry.data["references"])


def _accepted_late(rows: Rows, entry: Entry) -> None:
    if not entry.data["missing"]:
        _state("accepted", rows, entry, reason=None)
    _parts(rows, entry, [entry.data["reference"]])


def _parts(rows: Rows, entry: Entry, references: Sequence[int]) -> None:
    for reference in references:
        part = {"device": entry.device, "reference": reference, "message": entry.data["id"], "since": entry.recorded}
        rows.put("message_part", part)


def _part_arrived(rows: Rows, entry: Entry) -> None:
    rows.drop("message_part", entry.device, entry.data["reference"])


def _delivered(rows: Rows, entry: Entry) -> None:
    _state("delivered", rows, entry)
    for part in rows.select("message_part", message=entry.data["id"]):
        rows.drop("message_part", part["device"], part["reference"])


def _failed(rows: Rows, entry: Entry) -> None:
    again = entry.data.get("again")
    state = "failed" if again is None else "intended"
    _state(state, rows, entry, again=again, reason=entry.data["reason"])


def _unknown(rows: Rows, entry: Entry) -> None:
    _state("unknown", rows, entry, reason=entry.data["reason"])
    _parts(rows, entry, entry.data.get("references", ()))


REMINDERS = Projection(
    "reminders",
    3,
    (CLOCK, STEP, MESSAGE, PART),
    {
        "clock.started": _started,
        "clock.ended": _ended,
        "reminder.step.reached": _reached,
        "message.intended": _intended,
        "message.handing.began": _handing,
        "message.accepted": _accepted,
        "message.accepted_late": _accepted_late,
        "message.part.arrived": _part_arrived,
        "message.delivered": _delivered,
        "message.failed": _failed,
        "message.became_unknown": _unknown,
    },
)
