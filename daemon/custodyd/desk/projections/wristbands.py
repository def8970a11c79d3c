"""Which wristbands are watched, which conditions stand about them, and which receivers are deaf."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, Value

WRISTBAND = Table(
    "wristband",
    {
        "wristband": "text",
        "standing": "text",  # heard | unknown | lost; null = not watched
        "since": "int",
        "receiver": "text",  # which told of it last
        "strap": "text",  # open | closed, as told last
        "strap_incident": "text",
        "sos_incident": "text",
        "low_incident": "text",
        "lost_incident": "text",
        "repeated_incident": "text",
    },
    ("wristband",),
    (("standing",),),
)
RECEIVER = Table("receiver", {"device": "text", "deaf_incident": "text", "since": "int"}, ("device",))

_INCIDENTS = ("strap_incident", "sos_incident", "low_incident", "lost_incident", "repeated_incident")


def _amend(rows: Rows, entry: Entry, **columns: Value) -> None:
    before = rows.get("wristband", entry.object) or {"wristband": entry.object}
    receiver = {"receiver": entry.device} if entry.device else {}
    rows.put("wristband", {**before, **receiver, **columns})


def _heard(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, standing="heard", since=entry.happened)


def _unknown(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, standing="unknown", since=entry.happened)


def _lost(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, standing="lost", lost_incident=entry.incident)


def _found(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, lost_incident=None)


def _opened(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, strap="open", strap_incident=entry.incident)


def _closed(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, strap="closed")


def _pressed(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, sos_incident=entry.incident)


def _low(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, low_incident=entry.incident)


def _good(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, low_incident=None)


def _repeated(rows: Rows, entry: Entry) -> None:
    _amend(rows, entry, repeated_incident=entry.incident)


def _deaf(rows: Rows, entry: Entry) -> None:
    rows.put("receiver", {"device": entry.device, "deaf_incident": entry.incident, "since": entry.happened})


def _hears(rows: Rows, entry: Entry) -> None:
    rows.drop("receiver", entry.device)


def _explained(rows: Rows, entry: Entry) -> None:
    """What was explained may happen anew; a low battery and a deaf receiver are over when they are over."""
    row = rows.get("wristband", entry.object)
    for column in () if row is None else _INCIDENTS:
        if row is not None and row[column] == entry.incident and column != "low_incident":
            gone = {"standing": None} if column == "lost_incident" else {}
            strap = {"strap": None} if column == "strap_incident" else {}
            rows.put("wristband", {**row, column: None, **gone, **strap})


WRISTBANDS = Projection(
    "wristbands",
    1,
    (WRISTBAND, RECEIVER),
    {
        "wristband.heard": _heard,
        "wristband.unknown.began": _unknown,
        "wristband.unknown.ended": _heard,
        "wristband.lost.began": _lost,
        "wristband.lost.ended": _found,
        "wristband.strap.opened": _opened,
        "wristband.strap.closed": _closed,
        "wristband.sos.pressed": _pressed,
        "wristband.battery.low.began": _low,
        "wristband.battery.low.ended": _good,
        "wristband.adverts.repeated": _repeated,
        "receiver.deaf.began": _deaf,
        "receiver.deaf.ended": _hears,
        "incident.explained": _explained,
    },
)
