"""Messages on their way and the parts that wait for a report: a fold of entries, nothing else."""

from collections.abc import Callable, Sequence

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Row, Rows, Table, Value, amend
from custodyd.reminders.quiet import civil_day

RANKS = ("red", "orange", "yellow", "blue", "green")
"""Who leaves first."""
URGENT = frozenset({"red", "orange"})
"""These must be acknowledged; they are never held, gathered or withdrawn."""
STATES = (
    *("intended", "handed", "accepted", "delivered", "acknowledged", "failed", "unknown"),
    *("gathered", "withdrawn"),
)
"""How far a message came. The last two never leave by themselves: a digest tells it, or there is nothing to tell."""
MESSAGE = Table(
    "message",
    {
        "message": "text",
        "person": "text",
        "text": "text",
        "about": "text",
        "colour": "text",
        "rank": "int",
        "purpose": "text",
        "case_id": "text",
        "object": "text",
        "parts": "int",
        "state": "text",  # one of STATES
        "attempts": "int",
        "again": "int",  # when to try next, while intended
        "counts_from": "int",  # from when on a delivery, then an acknowledgement, is waited for
        "held": "text",  # why it waited last
        "gathered_into": "text",
        "device": "text",  # the gateway of the last hand-over
        "day": "text",  # civil day of the first hand-over
        "code": "text",
        "watched": "int",  # 1 while it may climb
        "unmatched": "int",  # parts whose report can no longer be told from another message's
        "since": "int",
        "reason": "text",
    },
    ("message",),
    (
        ("state", "again"),
        ("about",),
        ("person", "code"),
        ("code",),
        ("person", "day"),
        ("watched", "counts_from"),
        ("purpose",),
    ),
)
PART = Table(
    "message_part",
    {"device": "text", "reference": "int", "message": "text", "since": "int"},
    ("device", "reference"),
    (("message",),),
)


REPLY = Table("reply", {"person": "text", "day": "text", "unfit": "int"}, ("person", "day"))
"""How many replies without a right code came from a person on a civil day."""


def day_of(civil: int) -> str:
    """`2026-11-24`: the day in China that a moment (microseconds UTC) lies in."""
    return civil_day(civil).isoformat()


def _intended(rows: Rows, entry: Entry) -> None:
    data = entry.data
    if rows.get("message", data["id"]) is not None:
        return  # one message per thing, colour and person: a second intention sends nothing
    row = {name: data[name] for name in ("text", "about", "colour", "parts")}
    purpose = data.get("purpose", "reminder")
    climbs = purpose == "reminder" and row["colour"] not in ("green", "blue")
    first = {"message": data["id"], "person": entry.subject, "state": "intended", "attempts": 0, "purpose": purpose}
    about = {"case_id": entry.case, "object": entry.object, "rank": RANKS.index(row["colour"])}
    waiting = {"again": entry.happened, "counts_from": entry.happened, "watched": 1 if climbs else None}
    rows.put("message", {**row, **first, **about, **waiting, "since": entry.recorded})


def _state(state: str, rows: Rows, entry: Entry, **columns: Value) -> None:
    """Move on; what somebody acknowledged stays so, whatever a network says later."""
    row = rows.get("message", entry.data["id"])
    if row is not None and row["state"] != "acknowledged":
        rows.put("message", {**row, "state": state, "since": entry.recorded, **columns})


def _held(rows: Rows, entry: Entry) -> None:
    until = entry.data["until"]
    amend(rows, "message", entry.data["id"], again=until, counts_from=until, held=entry.data["why"])


def _gathered(rows: Rows, entry: Entry) -> None:
    _state("gathered", rows, entry, gathered_into=entry.data["into"])


def _handing(rows: Rows, entry: Entry) -> None:
    row = rows.get("message", entry.data["id"]) or {}
    day, code = row.get("day") or day_of(entry.happened), entry.data.get("code") or row.get("code")
    _state("handed", rows, entry, attempts=entry.data["attempt"], device=entry.device, day=day, code=code)


def _accepted(rows: Rows, entry: Entry) -> None:
    _state("accepted", rows, entry, reason=None)
    _parts(rows, entry, entry.data["references"])


def _accepted_late(rows: Rows, entry: Entry) -> None:
    if not entry.data["missing"]:
        _state("accepted", rows, entry, reason=None)
    _parts(rows, entry, [entry.data["reference"]])


def _parts(rows: Rows, entry: Entry, references: Sequence[int]) -> None:
    message = entry.data["id"]
    for reference in references:
        before = rows.get("message_part", entry.device, reference)
        if before is not None and before["message"] != message:
            _unmatched(rows, str(before["message"]))
        part = {"device": entry.device, "reference": reference, "message": message, "since": entry.recorded}
        rows.put("message_part", part)


def _unmatched(rows: Rows, message: str) -> None:
    """A gateway counts its references round: the next report under this one is not the older message's."""
    row = rows.get("message", message) or {}
    amend(rows, "message", message, unmatched=int(row.get("unmatched") or 0) + 1)


def _part_arrived(rows: Rows, entry: Entry) -> None:
    rows.drop("message_part", entry.device, entry.data["reference"])


def _no_parts(rows: Rows, entry: Entry) -> None:
    for part in rows.select("message_part", message=entry.data["id"]):
        rows.drop("message_part", part["device"], part["reference"])


def _delivered(rows: Rows, entry: Entry) -> None:
    row = rows.get("message", entry.data["id"]) or {}
    watched = row.get("watched") if row.get("colour") in URGENT else None
    _state("delivered", rows, entry, watched=watched)
    _no_parts(rows, entry)


def _acknowledged(rows: Rows, entry: Entry) -> None:
    _state("acknowledged", rows, entry, watched=None, reason=None)


def _failed(rows: Rows, entry: Entry) -> None:
    again = entry.data.get("again")
    state = "failed" if again is None else "intended"
    _state(state, rows, entry, again=again, reason=entry.data["reason"])


def _unknown(rows: Rows, entry: Entry) -> None:
    _state("unknown", rows, entry, reason=entry.data["reason"])
    _parts(rows, entry, entry.data.get("references", ()))


def _repeated(rows: Rows, entry: Entry) -> None:
    _no_parts(rows, entry)
    text, parts, now = entry.data["text"], entry.data["parts"], entry.happened
    _state("intended", rows, entry, text=text, parts=parts, again=now, counts_from=now, attempts=0, unmatched=None)


def _climbed(rows: Rows, entry: Entry) -> None:
    amend(rows, "message", entry.data["id"], watched=None)


def _received(rows: Rows, entry: Entry) -> None:
    if entry.data.get("code") not in (None, "right"):
        person, day = entry.subject, day_of(entry.happened)
        before = rows.get("reply", person, day) or {}
        rows.put("reply", {"person": person, "day": day, "unfit": int(before.get("unfit") or 0) + 1})


def _over(about: Callable[[Entry], str | None]) -> Callable[[Rows, Entry], None]:
    """What a message tells of is over: nobody above is told any more, and what is not urgent need not leave."""

    def fold(rows: Rows, entry: Entry) -> None:
        for row in rows.select("message", about=about(entry)):
            rows.put("message", {**row, "watched": None, **_withdrawn(row, entry)})

    return fold


def _withdrawn(row: Row, entry: Entry) -> dict[str, Value]:
    if row["state"] != "intended" or row["colour"] in URGENT:
        return {}
    return {"state": "withdrawn", "since": entry.recorded}


MESSAGES = Projection(
    "messages",
    2,
    (MESSAGE, PART, REPLY),
    {
        "message.intended": _intended,
        "message.held": _held,
        "message.gathered": _gathered,
        "message.handing.began": _handing,
        "message.accepted": _accepted,
        "message.accepted_late": _accepted_late,
        "message.part.arrived": _part_arrived,
        "message.delivered": _delivered,
        "message.acknowledged": _acknowledged,
        "message.failed": _failed,
        "message.became_unknown": _unknown,
        "message.to_be_repeated": _repeated,
        "message.climbed": _climbed,
        "message.received": _received,
        "clock.ended": _over(lambda entry: str(entry.data["id"])),
        "incident.explained": _over(lambda entry: entry.incident),
        "alarm.cleared": _over(lambda entry: entry.incident),
    },
)
