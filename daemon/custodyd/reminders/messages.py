"""Messages on their way and the parts that wait for a report: a fold of entries, nothing else."""

from collections.abc import Sequence

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, Value, amend

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


def _intended(rows: Rows, entry: Entry) -> None:
    data = entry.data
    if rows.get("message", data["id"]) is not None:
        return  # one message per thing, colour and person: a second intention sends nothing
    row = {name: data[name] for name in ("text", "about", "colour", "parts")}
    first = {"message": data["id"], "person": entry.subject, "state": "intended", "attempts": 0}
    rows.put("message", {**row, **first, "again": entry.happened, "since": entry.recorded})


def _state(state: str, rows: Rows, entry: Entry, **columns: Value) -> None:
    amend(rows, "message", entry.data["id"], state=state, since=entry.recorded, **columns)


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


MESSAGES = Projection(
    "messages",
    1,
    (MESSAGE, PART),
    {
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
