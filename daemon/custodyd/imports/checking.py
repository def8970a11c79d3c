"""Raw rows → rows that are right, or every mistake in them; it must not know the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from custodyd.imports import values
from custodyd.imports.fields import FIELDS, Field
from custodyd.imports.rows import Case, Document, Involved, Mistake, Officer, Raw, Row, Verdict, refused
from custodyd.imports.values import Wrong
from custodyd.model.facts.imports import RowKind

_MADE: Mapping[RowKind, type[Row]] = {"officer": Officer, "case": Case, "person": Involved, "document": Document}


@dataclass(frozen=True, slots=True)
class Check:
    """`now` in microseconds; `roles` maps each id and each Chinese label to the id of a role that may be given."""

    now: int
    roles: Mapping[str, str]

    def row(self, raw: Raw) -> Row | tuple[Mistake, ...]:
        """The row, or all its mistakes."""
        fields = FIELDS[raw.kind]
        known = {one.name for one in fields}
        mistakes = [Mistake(name[:40], "unknown_column") for name in raw.fields if name not in known]
        good: dict[str, Any] = {}
        for one in fields:
            try:
                value = self._value(one, raw.fields.get(one.name))
            except Wrong as exc:
                mistakes.append(Mistake(one.name, exc.why))
            else:
                good |= {} if value is None else {one.name: value}
        return tuple(mistakes) or _MADE[raw.kind](row=raw.row, **good)

    def _value(self, about: Field, raw: str | None) -> Any:
        """None where nothing is said and nothing must be; a column that is absent says less than an empty cell."""
        text = values.bare(raw or "")
        if not text and about.required:
            raise Wrong("missing")
        if not text:
            return None if raw is None else about.empty
        if about.read is not None:
            return about.read(text)
        return values.time(text, self.now) if about.name == "accepted" else self._roles(text)

    def _roles(self, text: str) -> tuple[str, ...]:
        words = values.words(text)
        if not words or any(word not in self.roles for word in words):
            raise Wrong("bad_role")
        return tuple(sorted({self.roles[word] for word in words}))


@dataclass(slots=True)
class Checked:
    """Rows that are right and agree with each other, each once; `twins` say what one of them says already."""

    rows: list[tuple[RowKind, Row]] = field(default_factory=list[tuple[RowKind, Row]])
    twins: list[tuple[Row, Row]] = field(default_factory=list[tuple[Row, Row]])
    wrong: list[Verdict] = field(default_factory=list[Verdict])


def check(raws: Sequence[Raw], checks: Check) -> Checked:
    """Every row checked by itself and beside the others."""
    found = Checked()
    right: list[tuple[RowKind, Row]] = []
    for raw in raws:
        row = checks.row(raw)
        if isinstance(row, tuple):
            found.wrong.append(refused(raw.row, raw.kind, *row))
        else:
            right.append((raw.kind, row))
    contradicting = _contradicting([row for _, row in right])
    first: dict[object, Row] = {}
    for kind, row in right:
        if id(row) in contradicting:
            found.wrong.append(refused(row.row, kind, Mistake(FIELDS[kind][0].name, "contradicts")))
        elif first.setdefault(_key(row), row) is row:
            found.rows.append((kind, row))
        else:
            found.twins.append((row, first[_key(row)]))
    return found


def _contradicting(rows: Sequence[Row]) -> set[int]:
    """Rows that say different things of the same: taking one after the other would never come to rest."""
    said: dict[object, set[object]] = {}
    for row in rows:
        for about, what in _said(row):
            said.setdefault(about, set()).add(what)
    return {id(row) for row in rows if any(len(said[about]) > 1 for about, _ in _said(row))}


def _key(row: Row) -> tuple[str, ...]:
    """What a row is about."""
    match row:
        case Officer():
            return "officer", row.badge
        case Case():
            return "case", row.code
        case Involved():
            return "person", row.number, row.case
        case _:
            return "document", row.code


def _said(row: Row) -> list[tuple[object, object]]:
    """What a row says of what; what it does not say of a person, another row of the person may."""
    whole = (_key(row), replace(row, row=0))
    if not isinstance(row, Involved):
        return [whole]
    of_person = (("name", row.number), row.name), (("identity", row.number), row.identity)
    return [whole, *(one for one in of_person if one[1] is not None)]
