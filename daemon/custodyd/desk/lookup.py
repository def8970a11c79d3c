"""Questions that workflows ask of the projections, answered in the model's own nouns; it must not write."""

from collections.abc import Mapping
from dataclasses import dataclass

from custodyd.desk.projections.people import NEWEST
from custodyd.model.entry import Cause
from custodyd.model.facts.cabinet import InventoryOpened
from custodyd.model.projection import Row, View
from custodyd.model.station import CASE_ROLES, Case, Dossier, Person, Right, Whereabouts


@dataclass(frozen=True, slots=True)
class Founded:
    """A founding: where its entry stands, and whose fingers its authority still reaches."""

    at: Cause
    first: frozenset[str]


@dataclass(slots=True)
class Lookup:
    """Reads projections; `grants` maps a role to its rights (from devices.toml), and may be replaced by a reload."""

    view: View
    grants: Mapping[str, frozenset[Right]]

    def person(self, person: str) -> Person | None:
        """The person with this pseudonym."""
        row = self.view.get("person", person)
        return self._person(row) if row else None

    def person_at(self, reader: str, slot: int) -> Person | None:
        """Whose finger is in this slot of this reader."""
        row = self.view.get("finger", reader, slot)
        return self.person(str(row["person"])) if row and row["person"] else None

    def emergency_fingers(self) -> Mapping[tuple[str, int], Person]:
        """(reader, slot) of every finger that opens in an emergency → its person."""
        rows = self.view.select("person", active=1)
        people = {person.id: person for row in rows if (person := self._person(row)).may_open_in_emergency}
        fingers = [row for row in self.view.select("finger") if row["person"] in people]
        return {(str(row["reader"]), int(row["slot"] or 0)): people[str(row["person"])] for row in fingers}

    def _person(self, row: Row) -> Person:
        roles = frozenset(str(row["roles"] or "").split())
        rights = frozenset(right for role in roles for right in self.grants.get(role, frozenset()))
        return Person(str(row["person"]), roles, rights, bool(row["active"]), bool(row["emergency"]))

    def case(self, case: str) -> Case | None:
        """The case with this code."""
        row = self.view.get("case_file", case)
        if row is None:
            return None
        officers = frozenset(str(found["person"]) for found in self.view.select("officer", case_id=case))
        return Case(case, officers, bool(row["needs_review"]))

    def dossier(self, dossier: str) -> Dossier | None:
        """The dossier with this label id."""
        row = self.view.get("dossier", dossier)
        return _dossier(row) if row else None

    def dossier_by_foreign_code(self, code: str) -> Dossier | None:
        """The dossier that the case platform labelled with `code`."""
        rows = self.view.select("dossier", foreign_code=code)
        return _dossier(rows[0]) if len(rows) == 1 else None

    def holding(self, right: Right) -> tuple[str, ...]:
        """Everyone in service who holds `right`."""
        people = (self._person(row) for row in self.view.select("person", active=1))
        return tuple(person.id for person in people if right in person.rights)

    def founding(self) -> Founded | None:
        """The newest founding, as long as the station has one."""
        row = self.view.get("founding", NEWEST)
        if row is None:
            return None
        first = () if row["ended"] is not None else (row["clerk"], row["leader"])
        return Founded((str(row["segment"]), int(row["seq"] or 0)), frozenset(str(one) for one in first if one))

    def recipients(self, roles: tuple[str, ...], case: str | None) -> tuple[str, ...]:
        """Who is told: officers of the case in their part, everyone in service who has another role."""
        found: dict[str, None] = {}
        for role in roles:
            if role in CASE_ROLES and case is not None:
                found.update(
                    (str(row["person"]), None)
                    for row in self.view.select("officer", case_id=case, part=CASE_ROLES[role])
                )
            else:
                rows = self.view.select("person", active=1)
                found.update((str(row["person"]), None) for row in rows if role in str(row["roles"]).split())
        return tuple(found)

    def dossiers_of(self, person: str) -> tuple[Dossier, ...]:
        """Every dossier of the cases that this person handles."""
        cases = [str(row["case_id"]) for row in self.view.select("officer", person=person)]
        return tuple(_dossier(row) for case in cases for row in self.view.select("dossier", case_id=case))

    def stored_in(self, cabinet: str) -> tuple[Dossier, ...]:
        """Every dossier that stands in this cabinet."""
        rows = self.view.select("dossier", state="stored")
        return tuple(_dossier(row) for row in rows if str(row["place"]).startswith(f"{cabinet}/"))

    def is_free(self, place: str) -> bool:
        """Whether this compartment may be given: empty, at rest, in service, door not open."""
        row = self.view.get("compartment", place)
        if row is None:
            return True
        taken = row["dossier"] or row["motion"] or row["out_of_service"]
        return not taken and row["door"] != "open"

    def content(self, place: str) -> str | None:
        """The dossier that the record believes to lie in this compartment."""
        row = self.view.get("compartment", place)
        return str(row["dossier"]) if row is not None and row["dossier"] else None

    def is_confirmed(self, place: str) -> bool:
        """Whether people have seen what lies in this compartment since the newest quarantine."""
        since = self.quarantined()
        if since is None:
            return True
        row = self.view.get("compartment", place)
        return row is not None and int(row["confirmed"] or 0) >= since

    def quarantined(self) -> int | None:
        """The number of the segment that names the newest broken one; None where no record ever broke."""
        return max((int(row["segment"] or 0) for row in self.view.select("quarantine")), default=None)

    def open_inventories(self, cabinet: str) -> tuple[str, ...]:
        """The incidents of this cabinet's inventories that have not ended."""
        rows = self.view.select("incident", kind=InventoryOpened.kind, place=cabinet, closed=None)
        return tuple(str(row["incident"]) for row in rows)

    def door_is_open(self, place: str) -> bool:
        """What the record says of this door."""
        row = self.view.get("compartment", place)
        return row is not None and row["door"] == "open"


def _dossier(row: Row) -> Dossier:
    def whole(column: str) -> int | None:
        value = row[column]
        return value if isinstance(value, int) else None

    def text(column: str) -> str | None:
        value = row[column]
        return str(value) if value is not None else None

    return Dossier(
        id=str(row["dossier"]),
        case=str(row["case_id"]),
        volume=whole("volume") or 0,
        issue=whole("issue") or 0,
        state=Whereabouts(str(row["state"])),
        place=text("place"),
        holder=text("holder"),
        due=whole("due"),
        pages=whole("pages"),
        seal=text("seal"),
        reviewed=row["reviewed"] is not None,
    )
