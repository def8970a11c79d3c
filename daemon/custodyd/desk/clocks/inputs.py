"""What one statutory clock was counted from, read from the record, and counted again; it writes nothing."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

from custodyd.law import Calendar, DataSet, Deadline, Extension, Length, Limit, Pause, deadline
from custodyd.model.civil import civil, micros
from custodyd.model.facts.clocks import Line, Reckoning
from custodyd.model.projection import Row, View


@dataclass(frozen=True, slots=True)
class Inputs:
    """The start by whose word, what extended it, when it stood still. Times are aware, +08:00."""

    limit: str
    start: int
    document: str
    asserted: str
    held: bool
    extensions: tuple[Extension, ...] = field(default=())
    pauses: tuple[Pause, ...] = field(default=())

    @classmethod
    def read(cls, view: View, clock: str) -> "tuple[Inputs, Row] | None":
        """The inputs of a clock and its row; None where no limit of the law stands behind it."""
        row = view.get("clock_law", clock)
        if row is None:
            return None
        changes = view.select("clock_change", clock=clock, order=("number",))
        extensions = tuple(_extension(one) for one in changes if one["what"] == "extension")
        pauses = tuple(_pause(one) for one in changes if one["what"] == "pause")
        named = str(row["name"]), _int(row, "start"), str(row["document"]), str(row["asserted"]), bool(row["held"])
        return cls(*named, extensions, pauses), row

    def extended(self, extension: Extension) -> "Inputs":
        """With one more extension."""
        return replace(self, extensions=(*self.extensions, extension))

    def paused(self, pause: Pause) -> "Inputs":
        """With one more pause."""
        return replace(self, pauses=(*self.pauses, pause))

    def counted(self, limit: Limit, calendar: Calendar) -> Deadline:
        """The law's answer; raises LawError."""
        return deadline(
            limit,
            civil(self.start),
            calendar=calendar,
            document=self.document,
            extensions=self.extensions,
            pauses=self.pauses,
            held=self.held,
        )


def _int(row: Row, column: str) -> int:
    return int(row[column] or 0)


def _extension(row: Row) -> Extension:
    return Extension(
        Length.parse(str(row["length"])), str(row["approver"]), str(row["document"]), civil(_int(row, "begin"))
    )


def _pause(row: Row) -> Pause:
    reason = cast("Any", str(row["reason"]))  # as the fold took it from an entry that the law had carried
    return Pause(civil(_int(row, "begin")), civil(_int(row, "end")), reason, str(row["document"]))


def reckoning(limit: Limit, found: Deadline, law: DataSet) -> Reckoning:
    """A deadline as an entry keeps it."""
    return Reckoning(
        article=limit.cited or "; ".join(f"{one.instrument.id} {one.articles}" for one in limit.basis),
        status=limit.mark,
        digest=law.digest,
        length=str(found.total),
        alarm=found.alarm_us,
        alternative=None if found.alternative is None else micros(found.alternative),
        alternative_is=found.kind_of_alternative,
        provisional=found.provisional,
        lines=tuple(Line(line.op, dict(line.values)) for line in found.lines),
    )
