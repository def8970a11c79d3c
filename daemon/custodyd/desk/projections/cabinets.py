"""What stands in which compartment, since when it is confirmed, which door is open, which motion has not ended yet."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

COMPARTMENT = Table(
    "compartment",
    {
        "place": "text",
        "dossier": "text",
        "door": "text",  # open | closed; no row and null = never seen
        "door_since": "int",
        "out_of_service": "text",
        "motion": "text",  # act that was granted and has not ended
        "motion_dossier": "text",
        "motion_segment": "text",
        "motion_seq": "int",
        "confirmed": "int",  # number of the segment in which people last saw what lies there
    },
    ("place",),
    (("dossier",), ("motion",)),
)
QUARANTINE = Table("quarantine", {"segment": "int", "since": "int"}, ("segment",))
"""Segments that name a broken predecessor: what was confirmed in an earlier one is unconfirmed since."""

ACTS = {
    "dossier.deposit.granted": "deposit",
    "dossier.withdrawal.granted": "withdrawal",
    "dossier.return.granted": "return",
    "dossier.review.granted": "review",
    "compartment.count.granted": "inventory",
}
_REST = {"motion": None, "motion_dossier": None, "motion_segment": None, "motion_seq": None}


def _granted(rows: Rows, entry: Entry) -> None:
    _there(rows, entry.place)
    motion = {"motion": ACTS[entry.kind], "motion_dossier": entry.object}
    amend(rows, "compartment", entry.place, **motion, motion_segment=entry.segment, motion_seq=entry.seq)


def _there(rows: Rows, place: str | None) -> None:
    if rows.get("compartment", place) is None:
        rows.put("compartment", {"place": place})


def _segment_opened(rows: Rows, entry: Entry) -> None:
    if entry.data.get("broken"):
        rows.put("quarantine", {"segment": int(entry.segment), "since": entry.recorded})


def _filled(rows: Rows, entry: Entry) -> None:
    _there(rows, entry.place)
    amend(rows, "compartment", entry.place, dossier=entry.object, confirmed=int(entry.segment), **_REST)


def _emptied(rows: Rows, entry: Entry) -> None:
    amend(rows, "compartment", entry.place, dossier=None, confirmed=int(entry.segment), **_REST)


def _seen(rows: Rows, entry: Entry) -> None:
    amend(rows, "compartment", entry.place, confirmed=int(entry.segment), **_REST)


def _counted(rows: Rows, entry: Entry) -> None:
    _there(rows, entry.place)
    for elsewhere in rows.select("compartment", dossier=entry.object) if entry.object else ():
        amend(rows, "compartment", elsewhere["place"], dossier=None, confirmed=None)
    amend(rows, "compartment", entry.place, dossier=entry.object, confirmed=int(entry.segment), **_REST)


def _rested(rows: Rows, entry: Entry) -> None:
    amend(rows, "compartment", entry.place, **_REST)


def _interrupted(rows: Rows, entry: Entry) -> None:
    # whether or not it lies there is open: nobody may be given this compartment
    amend(rows, "compartment", entry.place, dossier=entry.object, **_REST)


def _explained(rows: Rows, entry: Entry) -> None:
    row = rows.get("compartment", entry.place)
    if entry.data.get("outcome") == "out" and row is not None and row["dossier"] == entry.object:
        amend(rows, "compartment", entry.place, dossier=None)


def _opened(rows: Rows, entry: Entry) -> None:
    _door(rows, entry, "open")


def _closed(rows: Rows, entry: Entry) -> None:
    _door(rows, entry, "closed")


def _door(rows: Rows, entry: Entry, state: str) -> None:
    _there(rows, entry.place)
    amend(rows, "compartment", entry.place, door=state, door_since=entry.recorded)


def _taken_out(rows: Rows, entry: Entry) -> None:
    _there(rows, entry.place)
    amend(rows, "compartment", entry.place, out_of_service=entry.data["reason"])


def _restored(rows: Rows, entry: Entry) -> None:
    amend(rows, "compartment", entry.place, out_of_service=None)


CABINETS = Projection(
    "cabinets",
    2,
    (COMPARTMENT, QUARANTINE),
    {
        "segment.opened": _segment_opened,
        **dict.fromkeys(ACTS, _granted),
        "dossier.deposited": _filled,
        "dossier.returned": _filled,
        "dossier.withdrawn": _emptied,
        "dossier.reviewed": _seen,
        "compartment.counted": _counted,
        "dossier.motion.abandoned": _rested,
        "dossier.motion.interrupted": _interrupted,
        "incident.explained": _explained,
        "door.opened": _opened,
        "door.closed": _closed,
        "compartment.taken_out": _taken_out,
        "compartment.restored": _restored,
    },
)
