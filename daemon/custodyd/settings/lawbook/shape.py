"""The tables of the law's files as they are written; what they mean together is checked elsewhere."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from custodyd.law.limit import Approver, Cases, Mark, Reason, Rolling
from custodyd.settings.shape import Table

LimitId = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=48, extra={"expect": "settings.expected.limit"}),
]
InstrumentId = Annotated[
    str, Meta(pattern=r"^[A-Z][A-Z0-9]*$", max_length=12, extra={"expect": "settings.expected.instrument"})
]
LengthText = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]{0,3}(h|d|wd|mo|y)$", extra={"expect": "settings.expected.length"})
]
Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=300, extra={"expect": "settings.expected.text"})]
Cited = Annotated[
    str,
    Meta(pattern=r"^[A-Z][A-Z0-9]*( [^\x00-\x1f\x7f]+)?$", max_length=60, extra={"expect": "settings.expected.basis"}),
]


class Words(Table, frozen=True, kw_only=True):
    """The same words in both languages."""

    zh: Text
    en: Text


class Version(Table, frozen=True, kw_only=True):
    """A text of an instrument, and the first day on which it was in force."""

    name: Text
    mark: Mark
    since: date | None = None


class Instrument(Table, frozen=True, kw_only=True):
    """A law or rule."""

    title: Words
    versions: Annotated[tuple[Version, ...], Meta(min_length=1)]
    cites: Literal["article", "item", "section"] = "article"


class Extension(Table, frozen=True, kw_only=True):
    """Up to the length of the limit `to`, or up to `total` once `after` is in force."""

    ground: Words
    approvers: tuple[Approver, ...]
    to: LimitId | None = None
    total: LengthText | None = None
    after: LengthText | None = None
    repeats: bool = False


class Limit(Table, frozen=True, kw_only=True):
    """A time limit; without `length` the law names no number."""

    cases: Cases
    title: Words
    start: Words
    says: Words
    rolling: Rolling
    responsible: Words
    basis: tuple[Cited, ...]
    mark: Mark
    length: LengthText | None = None
    note: Words | None = None
    cited: str = ""
    pauses: tuple[Reason, ...] = ()
    extension: tuple[Extension, ...] = ()
    exact: bool = False
    early: bool = False
    earliest: bool = False
    backward: bool = False


class Change(Table, frozen=True, kw_only=True):
    """A unit's own number for a limit, and the document that sets it."""

    length: LengthText
    document: Text


class Instruments(Table, frozen=True, kw_only=True):
    """instruments.toml."""

    edition: Text
    instrument: dict[InstrumentId, Instrument]


class Limits(Table, frozen=True, kw_only=True):
    """A file of limits."""

    limit: dict[LimitId, Limit]


class Unit(Table, frozen=True, kw_only=True):
    """law.toml of a unit: its own rules and numbers, and the instruments that they cite."""

    edition: Text
    change: dict[LimitId, Change] = msgspec.field(default_factory=dict[LimitId, Change])
    limit: dict[LimitId, Limit] = msgspec.field(default_factory=dict[LimitId, Limit])
    instrument: dict[InstrumentId, Instrument] = msgspec.field(default_factory=dict[InstrumentId, Instrument])


class Holidays(Table, frozen=True, kw_only=True):
    """holidays.d/<year>.toml: the State Council's plan of one year."""

    document: Text
    off: tuple[date, ...]
    on: tuple[date, ...] = ()
