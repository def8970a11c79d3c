"""Which conditions stand open: every entry with an incident id sets one or clears it."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

INCIDENT = Table(
    "incident",
    {
        "incident": "text",
        "kind": "text",
        "place": "text",
        "device": "text",
        "object": "text",
        "case_id": "text",
        "opened": "int",
        "closed": "int",
        "segment": "text",
        "seq": "int",
    },
    ("incident",),
    (("closed",),),
)

SETS = (
    "door.opened",  # forced or found: only those carry an incident id
    "door.left_open.began",
    "emergency.opened",
    "dossier.discrepancy.found",
    "dossier.motion.interrupted",
    "finger.slot.found_unknown",
    "finger.slot.found_missing",
    "door.unlock.became_unknown",
    "storage.failed",
    "inventory.opened",
    "wristband.strap.opened",
    "wristband.sos.pressed",
    "wristband.lost.began",
    "wristband.battery.low.began",
    "wristband.adverts.repeated",
    "receiver.deaf.began",
    "import.blind.began",
)
CLEARS = (
    "door.left_open.ended",
    "incident.explained",
    "storage.restored",
    "inventory.ended",
    "wristband.lost.ended",
    "wristband.battery.low.ended",
    "receiver.deaf.ended",
    "import.blind.ended",
)


def _set(rows: Rows, entry: Entry) -> None:
    if entry.incident is None or rows.get("incident", entry.incident) is not None:
        return
    row = {
        "incident": entry.incident,
        "kind": entry.kind,
        "place": entry.place,
        "device": entry.device,
        "object": entry.object,
        "case_id": entry.case,
        "opened": entry.happened,
        "segment": entry.segment,
        "seq": entry.seq,
    }
    rows.put("incident", row)


def _clear(rows: Rows, entry: Entry) -> None:
    if entry.incident is not None:
        amend(rows, "incident", entry.incident, closed=entry.recorded)


INCIDENTS = Projection("incidents", 5, (INCIDENT,), {**dict.fromkeys(SETS, _set), **dict.fromkeys(CLEARS, _clear)})
