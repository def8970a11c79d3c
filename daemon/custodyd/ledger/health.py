"""How the record stands, for the watchdog, the alarm and the pages of health; it measures nothing itself."""

from collections.abc import Collection
from dataclasses import dataclass

from custodyd.ledger.errors import Trouble

LOW_BYTES = 64 * 1024 * 1024  # below it the alarm stands, though entries are still taken


@dataclass(frozen=True, slots=True)
class Health:
    """How the record stands.

    `trouble` None = it takes entries in full; with "full" it may still take them from the reserve. `free` bytes on its
    disk, `low` = too few. `committed_s` = elapsed since entries were committed, `commit_p99_ms` over the last 1,000.
    `broken` = only a restart, which puts the file aside, helps.
    """

    segment: str
    size: int
    trouble: Trouble | None
    free: int
    low: bool
    quarantined: bool
    broken: bool
    committed_s: float | None
    commit_p99_ms: float


def percentile(values: Collection[float], part: int) -> float:
    """The value that `part` of 100 do not exceed; 0.0 of nothing."""
    ranked = sorted(values)
    return ranked[len(ranked) * part // 100] if ranked else 0.0
