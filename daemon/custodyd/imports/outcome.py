"""What came of an import, counted, and as the fact that is entered of it; it decides nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from custodyd.imports.rows import ORDER, Verdict
from custodyd.model.entry import Entry
from custodyd.model.facts.imports import ImportApplied, Refusal

LISTED = 200  # refusals named in one entry; the rest is counted


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on each row in the order of the source; the import's own entry, if anything is other than before."""

    verdicts: tuple[Verdict, ...]
    entry: Entry | None = None

    def count(self, what: str) -> int:
        """How many rows are so."""
        return sum(verdict.what == what for verdict in self.verdicts)


def in_order(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """By row number; kinds that share a number as they build on each other."""
    return tuple(sorted(verdicts, key=lambda one: (one.row, ORDER.index(one.kind))))


def fact_of(outcome: Outcome, source: str) -> ImportApplied:
    """What is entered of it: counts, and where the mistakes are; nothing that stands in a row."""
    bad = [verdict for verdict in outcome.verdicts if verdict.what == "refused"]
    refusals = [Refusal(one.row, one.kind, mistake.column, mistake.why) for one in bad for mistake in one.mistakes]
    return ImportApplied(
        source=source,
        new=outcome.count("new"),
        changed=outcome.count("changed"),
        unchanged=outcome.count("unchanged"),
        refused=len(bad),
        refusals=tuple(refusals[:LISTED]),
        more=max(0, len(refusals) - LISTED),
    )


def fingerprint(refusals: Sequence[Refusal], more: int) -> str:
    """What was refused, whatever the rows' numbers: they move when a row comes before them."""
    counted = Counter(f"{one.kind}.{one.column}.{one.why}" for one in refusals)
    return " ".join([*(f"{what}:{times}" for what, times in sorted(counted.items())), f"+{more}"])
