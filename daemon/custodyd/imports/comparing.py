"""A row beside the record: new, changed, unchanged, or refused and why; it writes nothing."""

from dataclasses import dataclass

from custodyd.imports.rows import Case, Document, Involved, Mistake, Officer, Row, Verdict, refused
from custodyd.imports.who import Who, officer_card, person_card
from custodyd.ledger.keys import Card
from custodyd.model.facts.imports import RowKind
from custodyd.model.projection import Row as Stored

Changes = dict[str, Mistake | None]
"""Field that differs → why it may not be changed, None where it may."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Compares rows with the record as it stands.

    `reach` = roles that the source may give and take. `foreseen` = what earlier rows of the same preview will bring;
    None where rows are taken over one after the other, so that it is there already.
    """

    who: Who
    reach: frozenset[str]
    foreseen: set[tuple[RowKind, str]] | None = None

    def row(self, row: Row) -> Verdict:
        """The verdict on one row."""
        match row:
            case Officer():
                return self._officer(row)
            case Case():
                return self._case(row)
            case Involved():
                return self._involved(row)
            case _:
                return self._document(row)

    def _new(self, row: int, kind: RowKind, key: str, *mistakes: Mistake) -> Verdict:
        if mistakes:
            return refused(row, kind, *mistakes)
        if self.foreseen is not None:
            self.foreseen.add((kind, key))
        return Verdict(row, kind, "new")

    def _is_foreseen(self, kind: RowKind, key: str) -> bool:
        return self.foreseen is not None and (kind, key) in self.foreseen

    def _carded(self, verdict: Verdict, person: str, card: Card) -> None:
        """Later rows of a preview meet the card that this one brings."""
        if self.foreseen is not None and verdict.what in ("new", "changed"):
            self.who.directory.add(person, card)

    # --- officers ----------------------------------------------------------------------------------------------

    def _officer(self, row: Officer) -> Verdict:
        known = self.who.officers(row.badge)
        if len(known) > 1:
            return refused(row.row, "officer", Mistake("badge", "number_twice"))
        if not known:
            beyond = set(row.roles or ()) - self.reach
            return self._new(row.row, "officer", row.badge, *([Mistake("roles", "role_beyond")] if beyond else []))
        person, card = known[0]
        verdict = _differing(row.row, "officer", self._officer_changes(row, person, card))
        self._carded(verdict, person, officer_card(row, card))
        return verdict

    def _officer_changes(self, row: Officer, person: str, card: Card) -> Changes:
        stands = self.who.view.get("person", person) or {}
        changes = _card_changes(card, officer_card(row, card))
        was = set(str(stands["roles"]).split())
        if row.roles is not None and was != set(row.roles):
            beyond = (was ^ set(row.roles)) - self.reach
            changes["roles"] = Mistake("roles", "role_beyond") if beyond else None
        if row.active is not None and bool(stands["active"]) != row.active:
            changes["active"] = None
        return changes

    # --- cases -------------------------------------------------------------------------------------------------

    def _case(self, row: Case) -> Verdict:
        columns = (("lead", (row.lead,)), ("co", row.co or ()))
        coming = {column for column, badges in columns if any(self._is_foreseen("officer", one) for one in badges)}
        unknown = [
            Mistake(column, "officer_unknown")
            for column, badges in columns
            if any(self.who.one(badge) is None and not self._is_foreseen("officer", badge) for badge in badges)
        ]
        stands = self.who.view.get("case_file", row.code)
        if stands is None or unknown:
            return self._new(row.row, "case", row.code, *unknown)
        return _differing(row.row, "case", dict.fromkeys(coming) | self._case_changes(row, stands))

    def _case_changes(self, row: Case, stands: Stored) -> Changes:
        changes: Changes = {}
        if stands["accepted"] != row.accepted:  # legal clocks run from it: a person corrects it, with a document
            changes["accepted"] = Mistake("accepted", "accepted_differs")
        was = {str(one["person"]): one["part"] for one in self.who.view.select("officer", case_id=row.code)}
        now = self.who.team(row)
        for part in ("lead", "co"):
            if {one for one in was if was[one] == part} != {one for one in now if now[one] == part}:
                changes[part] = None
        if row.needs_review is not None and bool(stands["needs_review"]) != row.needs_review:
            changes["needs_review"] = None if row.needs_review else Mistake("needs_review", "review_lowered")
        return changes

    # --- people of a case, dossiers ----------------------------------------------------------------------------

    def _involved(self, row: Involved) -> Verdict:
        known = self.who.involved(row.number)
        if len(known) > 1:
            return refused(row.row, "person", Mistake("number", "number_twice"))
        if not known:
            return self._new(row.row, "person", f"{row.number} {row.case}", *self._no_case(row.case))
        person, before = known[0]
        card = person_card(row, before)
        stands = self.who.view.get("involved", row.case, person)
        if stands is None:
            verdict = self._new(row.row, "person", f"{row.number} {row.case}", *self._no_case(row.case))
        else:
            part: Changes = {} if stands["part"] == row.part else {"part": None}
            verdict = _differing(row.row, "person", _card_changes(before, card) | part)
        self._carded(verdict, person, card)
        return verdict

    def _document(self, row: Document) -> Verdict:
        stands = self.who.view.select("dossier", foreign_code=row.code)
        if not stands:
            return self._new(row.row, "document", row.code, *self._no_case(row.case))
        if stands[0]["case_id"] != row.case:
            return refused(row.row, "document", Mistake("case", "other_case"))
        return Verdict(row.row, "document", "unchanged")

    def _no_case(self, case: str) -> tuple[Mistake, ...]:
        is_known = self._is_foreseen("case", case) or self.who.view.get("case_file", case) is not None
        return () if is_known else (Mistake("case", "case_unknown"),)


def _differing(row: int, kind: RowKind, changes: Changes) -> Verdict:
    mistakes = [mistake for mistake in changes.values() if mistake is not None]
    if mistakes:
        return refused(row, kind, *mistakes)
    return Verdict(row, kind, "changed" if changes else "unchanged", tuple(sorted(changes)))


def _card_changes(before: Card, after: Card) -> Changes:
    return {name: None for name in ("name", "phone", "identity") if getattr(before, name) != getattr(after, name)}
