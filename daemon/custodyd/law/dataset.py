"""The time limits that hold at a station, with the version that entries name; it knows no file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from custodyd.law.limit import Limit


@dataclass(frozen=True, slots=True)
class DataSet:
    """`edition` is the maker's date, `digest` the SHA-256 of every text that went in, hex; `limits` by id."""

    edition: str
    digest: str
    limits: Mapping[str, Limit]

    @property
    def version(self) -> str:
        """What an entry's rule names as its law: the edition, and enough of the digest to tell a unit's own rules."""
        return f"{self.edition}/{self.digest[:16]}"

    @property
    def unverified(self) -> tuple[Limit, ...]:
        """The limits whose text was not read in full."""
        return tuple(limit for limit in self.limits.values() if not limit.verified)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one limit between two data sets; `fields` are those that differ, none if it came or went."""

    limit: str
    old: Limit | None
    new: Limit | None
    fields: tuple[str, ...] = ()


def differences(old: DataSet, new: DataSet) -> Iterator[Difference]:
    """Every limit that came, went or changed, in the order of the old set, then of the new."""
    for name in {**old.limits, **new.limits}:
        before, after = old.limits.get(name), new.limits.get(name)
        if before is None or after is None:
            yield Difference(name, before, after)
        elif changed := tuple(key for key in Limit.__slots__ if getattr(before, key) != getattr(after, key)):
            yield Difference(name, before, after, changed)
