"""A time limit as the data set has it: its length, how it is counted, who may extend it, where the law says so.

It knows no file and no date but those on which a law came into force.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from custodyd.law.length import Length
from custodyd.texts import Locale

Mark = Literal["seen", "partly seen", "memory", "ours"]
"""How surely it is known: the article was read, in part, from memory and to be verified, or our own design."""
Cases = Literal["criminal", "admin", "both", "internal", "system"]
Rolling = Literal["never-hours", "never-custody", "never-policy", "roll", "workdays", "local", "none"]
"""Why the last day moves to the first workday, or why not:

`never-hours` hour clocks; `never-custody` a person is held; `never-policy` liberty restricted though nobody is held,
and measures that lapse by themselves [ours]; `roll`; `workdays` counted in working days; `local` the unit's own;
`none` no count.
"""
Approver = Literal[
    "case-unit-head",
    "station-head",
    "county-psb-duty-head",
    "county-psb-head",
    "city-psb-head",
    "next-higher-psb",
    "next-higher-psb-head",
    "owning-psb",
    "next-higher-procuratorate",
    "provincial-procuratorate",
    "original-approver",
]
Reason = Literal["sobering-restraint", "appraisal", "psychiatric-appraisal", "hearing"]
"""Why a clock may stand still."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def say(self, locale: Locale) -> str:
        """In one of them."""
        return self.zh if locale is Locale.ZH else self.en


@dataclass(frozen=True, slots=True)
class Version:
    """A text of an instrument; `since` is its first day in force, None where nobody looked it up."""

    name: str
    since: date | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law or rule, with the versions that were read; `cites` = what its numbers are the numbers of."""

    id: str
    title: Words
    versions: tuple[Version, ...]
    cites: Literal["article", "item", "section"] = "article"

    def at(self, day: date) -> Version | None:
        """The newest version known to be in force on `day`."""
        known = [one for one in self.versions if one.since is not None and one.since <= day]
        return max(known, key=lambda one: one.since or date.min, default=None)


@dataclass(frozen=True, slots=True)
class Basis:
    """`articles` of an instrument, as lawyers write them: `119`, `199-200`, `11, 17`."""

    instrument: Instrument
    articles: str


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """Up to `total` from the same start, once `after` is in force, by one of `approvers` (none: the law names nobody).

    `repeats`: again and again, each time by at most `total` less `after`.
    """

    total: Length
    after: Length
    approvers: tuple[Approver, ...]
    ground: Words
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the data set. `length` None: the law names no number.

    `says` and `note`: the length and what is said of extensions, in words; `cited`: the sources with all reservations.
    `exact`: its own text fixes the instant of the start, so there is no second reading. `early`: the law rolls, the
    alarm does not. `earliest`: nothing may be closed or deleted before it, so an earlier date is no safer one.
    `backward`: counted back from another clock's expiry.
    """

    id: str
    title: Words
    cases: Cases
    start: Words
    length: Length | None
    rolling: Rolling
    responsible: Words
    basis: tuple[Basis, ...]
    mark: Mark
    says: Words
    note: Words
    cited: str = ""
    extensions: tuple[ExtensionRule, ...] = ()
    pauses: tuple[Reason, ...] = ()
    exact: bool = False
    early: bool = False
    earliest: bool = False
    backward: bool = False

    @property
    def verified(self) -> bool:
        """Whether its text was read in full."""
        return self.mark == "seen"
