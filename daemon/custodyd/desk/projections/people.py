"""Who is known, with which roles, whose finger is in which slot, and whom the founding names; no names."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

PERSON = Table(
    "person", {"person": "text", "roles": "text", "active": "int", "emergency": "int", "since": "int"}, ("person",)
)
FINGER = Table(
    "finger", {"reader": "text", "slot": "int", "person": "text", "since": "int"}, ("reader", "slot"), (("person",),)
)
FOUNDING = Table(
    "founding",
    {"founding": "text", "clerk": "text", "leader": "text", "segment": "text", "seq": "int", "ended": "int"},
    ("founding",),
)
NEWEST = "newest"
"""The key of the only row: a later founding takes the place of an earlier one."""


def _founded(rows: Rows, entry: Entry) -> None:
    row = {"founding": NEWEST, "clerk": entry.data["clerk"], "leader": entry.data.get("leader")}
    rows.put("founding", {**row, "segment": entry.segment, "seq": entry.seq})


def _registered(rows: Rows, entry: Entry) -> None:
    _put(rows, entry, active=True)


def _changed(rows: Rows, entry: Entry) -> None:
    _put(rows, entry, active=bool(entry.data["active"]))


def _put(rows: Rows, entry: Entry, *, active: bool) -> None:
    before = rows.get("person", entry.subject)
    rows.put(
        "person",
        {
            "person": entry.subject,
            "roles": " ".join(entry.data["roles"]),
            "active": int(active),
            "emergency": int(entry.data.get("emergency", False)),
            "since": before["since"] if before else entry.recorded,
        },
    )


def _enrolled(rows: Rows, entry: Entry) -> None:
    row = {"reader": entry.device, "slot": entry.data["slot"], "person": entry.subject, "since": entry.recorded}
    rows.put("finger", row)
    founding = rows.get("founding", NEWEST)
    if founding is not None and founding["clerk"] == entry.subject and founding["ended"] is None:
        rows.put("founding", {**founding, "ended": entry.recorded})


def _removed(rows: Rows, entry: Entry) -> None:
    rows.drop("finger", entry.device, entry.data["slot"])


def _missing(rows: Rows, entry: Entry) -> None:
    # the template is gone from the sensor: the slot names nobody until somebody is enrolled there again
    amend(rows, "finger", entry.device, entry.data["slot"], person=None)


PEOPLE = Projection(
    "people",
    2,
    (PERSON, FINGER, FOUNDING),
    {
        "station.founded": _founded,
        "person.registered": _registered,
        "person.changed": _changed,
        "finger.enrolled": _enrolled,
        "finger.removed": _removed,
        "finger.slot.found_missing": _missing,
    },
)
