"""Cases, their officers, their dossiers and the labels in force."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table, amend

CASE = Table(
    "case_file",
    {"case_id": "text", "accepted": "int", "needs_review": "int", "since": "int"},
    ("case_id",),
)
OFFICER = Table("officer", {"case_id": "text", "person": "text", "part": "text"}, ("case_id", "person"), (("person",),))
INVOLVED = Table(
    "involved", {"case_id": "text", "person": "text", "part": "text"}, ("case_id", "person"), (("person",),)
)
DOSSIER = Table(
    "dossier",
    {
        "dossier": "text",
        "case_id": "text",
        "volume": "int",
        "issue": "int",  # the label in force
        "foreign_code": "text",
        "state": "text",  # expected | stored | out | unsettled
        "place": "text",  # compartment, where stored
        "holder": "text",  # person, where out
        "due": "int",
        "pages": "int",
        "seal": "text",
        "reviewed": "int",  # last review that passed
    },
    ("dossier",),
    (("case_id",), ("state",), ("holder",), ("foreign_code",)),
)


def _accepted(rows: Rows, entry: Entry) -> None:
    row = {
        "case_id": entry.case,
        "accepted": entry.data["accepted"],
        "needs_review": int(entry.data.get("needs_review", False)),
        "since": entry.recorded,
    }
    rows.put("case_file", row)


def _assigned(rows: Rows, entry: Entry) -> None:
    rows.put("officer", {"case_id": entry.case, "person": entry.subject, "part": entry.data["part"]})


def _released(rows: Rows, entry: Entry) -> None:
    rows.drop("officer", entry.case, entry.subject)


def _needs_review(rows: Rows, entry: Entry) -> None:
    amend(rows, "case_file", entry.case, needs_review=1)


def _involved(rows: Rows, entry: Entry) -> None:
    rows.put("involved", {"case_id": entry.case, "person": entry.subject, "part": entry.data["part"]})


def _registered(rows: Rows, entry: Entry) -> None:
    row = {
        "dossier": entry.object,
        "case_id": entry.case,
        "volume": entry.data["volume"],
        "issue": 0,
        "foreign_code": entry.data.get("foreign_code"),
        "state": "expected",
    }
    rows.put("dossier", row)


def _issued(rows: Rows, entry: Entry) -> None:
    amend(rows, "dossier", entry.object, issue=entry.data["issue"])


def _stored(rows: Rows, entry: Entry) -> None:
    columns = {"state": "stored", "place": entry.place, "holder": None, "due": None}
    for counted in ("pages", "seal"):
        if counted in entry.data:
            columns[counted] = entry.data[counted]
    amend(rows, "dossier", entry.object, **columns)


def _withdrawn(rows: Rows, entry: Entry) -> None:
    holder = entry.actor.person if entry.actor else None
    amend(rows, "dossier", entry.object, state="out", place=None, holder=holder, due=entry.data["due"])


def _handed_over(rows: Rows, entry: Entry) -> None:
    amend(rows, "dossier", entry.object, holder=entry.second.person if entry.second else None)


def _reviewed(rows: Rows, entry: Entry) -> None:
    if entry.data["finding"] == "passed":
        amend(rows, "dossier", entry.object, reviewed=entry.recorded)


def _interrupted(rows: Rows, entry: Entry) -> None:
    amend(rows, "dossier", entry.object, state="unsettled", place=entry.place)


def _found(rows: Rows, entry: Entry) -> None:
    if entry.object is not None:
        amend(rows, "dossier", entry.object, state="stored", place=entry.place, holder=None, due=None)


def _differs(rows: Rows, entry: Entry) -> None:
    if entry.data["what"] == "content" and entry.object == entry.data["expected"]:
        amend(rows, "dossier", entry.object, state="unsettled", place=None)


def _settled(rows: Rows, entry: Entry) -> None:
    outcome = entry.data.get("outcome")
    if outcome == "stored":
        amend(rows, "dossier", entry.object, state="stored", place=entry.place, holder=None, due=None)
    if outcome == "out":
        amend(rows, "dossier", entry.object, state="out", place=None, holder=entry.data["named"])


CASES = Projection(
    "cases",
    3,
    (CASE, OFFICER, INVOLVED, DOSSIER),
    {
        "case.accepted": _accepted,
        "case.officer.assigned": _assigned,
        "case.officer.released": _released,
        "case.review.required": _needs_review,
        "case.person.involved": _involved,
        "dossier.registered": _registered,
        "label.issued": _issued,
        "dossier.deposited": _stored,
        "dossier.returned": _stored,
        "dossier.withdrawn": _withdrawn,
        "dossier.handed_over": _handed_over,
        "dossier.reviewed": _reviewed,
        "dossier.motion.interrupted": _interrupted,
        "compartment.counted": _found,
        "dossier.discrepancy.found": _differs,
        "incident.explained": _settled,
    },
)
