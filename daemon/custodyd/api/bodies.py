"""What goes in and out, as msgspec structs; times are RFC 3339 text with their offset, never numbers."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from custodyd.model.facts.imports import RowKind

CaseCode = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$", description="short code of a case")]
Pseudonym = Annotated[str, Meta(pattern=r"^p-[a-z2-7]{26}$")]
Short = Annotated[str, Meta(min_length=1, max_length=200)]


class In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of what comes in: an unknown field is refused."""


class Out(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Root of what goes out."""


class Nothing(In, frozen=True, kw_only=True):
    """No field."""


class Person(In, frozen=True, kw_only=True):
    """A new person; name and telephone number go sealed into the directory, never into a listing."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    roles: Annotated[tuple[str, ...], Meta(min_length=1, max_length=6)]
    phone: Annotated[str, Meta(pattern=r"^(\+?[0-9]{5,20})?$")] = ""
    badge: Annotated[str, Meta(max_length=20)] = ""
    emergency: bool = False


class Officer(In, frozen=True, kw_only=True):
    """An officer of a case and the part."""

    person: Pseudonym
    part: Literal["lead", "co"]


class Case(In, frozen=True, kw_only=True):
    """A case that was accepted."""

    code: CaseCode
    officers: Annotated[tuple[Officer, ...], Meta(min_length=1, max_length=20)]
    accepted: str | None = None
    needs_review: bool = False


class ImportRow(In, frozen=True, kw_only=True):
    """A row of the case platform: text per field, checked one by one, so that every mistake is told.

    officer: badge, name, phone, roles, active. case: code, accepted, lead, co, needs_review.
    person: number, case, part, name, identity. document: code, case. An absent field says nothing.
    """

    row: Annotated[int, Meta(ge=1, le=10_000_000, description="number of the row in its source")]
    kind: RowKind
    fields: dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=1000)]]


class Import(In, frozen=True, kw_only=True):
    """Rows of one source; the order does not matter."""

    rows: Annotated[tuple[ImportRow, ...], Meta(min_length=1, max_length=2000)]


class Dossier(In, frozen=True, kw_only=True):
    """A new dossier of a case."""

    case: CaseCode
    foreign_code: Annotated[str, Meta(max_length=200)] | None = None


LimitId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="id of a limit in the data set")]
Paper = Annotated[str, Meta(max_length=100, description="number of the document")]
Word = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9:-]{0,63}$")]


class ClockStart(In, frozen=True, kw_only=True):
    """A statutory clock of a case: from when, by whose word (summons, gate, wristband …), on which paper."""

    case: CaseCode
    limit: LimitId
    start: str
    asserted: Word
    document: Paper
    held: bool = False
    object: Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,32}$")] | None = None


class ClockExtend(In, frozen=True, kw_only=True):
    """The new total from the same start (`24h`, `30d`, `5wd`, `3mo`), who approved it on which paper, and when."""

    total: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3}(h|d|wd|mo|y)$")]
    approver: Annotated[str, Meta(max_length=64)] = ""
    document: Paper = ""
    decided: str | None = None


class ClockPause(In, frozen=True, kw_only=True):
    """Why it stands still (`appraisal`, `hearing` …), on which paper, and since when."""

    reason: Word
    document: Paper = ""
    at: str | None = None


class ClockResume(In, frozen=True, kw_only=True):
    """On which paper it goes on, and from when."""

    document: Paper = ""
    at: str | None = None


class ClockCorrect(In, frozen=True, kw_only=True):
    """The right start, by whose word, on which paper."""

    start: str
    asserted: Word
    document: Paper


class ClockEnd(In, frozen=True, kw_only=True):
    """Whether what it waited for happened, and the paper that says so."""

    met: bool
    document: Paper | None = None


class Reissue(In, frozen=True, kw_only=True):
    """Why a label is void."""

    reason: Literal["torn", "lost", "copied"]


class Explain(In, frozen=True, kw_only=True):
    """Who did it, why, and where the dossier is, if that was open."""

    reason: Short
    named: Pseudonym
    outcome: Literal["stored", "out", "unchanged"] | None = None


class Acknowledge(In, frozen=True, kw_only=True):
    """Who read the message: the person to whom it went."""

    named: Pseudonym


class Enrol(In, frozen=True, kw_only=True):
    """Whose finger."""

    person: Pseudonym


class Remove(In, frozen=True, kw_only=True):
    """Which slot."""

    slot: Annotated[int, Meta(ge=0, le=65535)]


class Choose(In, frozen=True, kw_only=True):
    """A dossier picked at the kiosk, or the compartment of an inventory."""

    act: Literal["withdrawal", "review", "handover", "inventory"]
    dossier: Annotated[str, Meta(pattern=r"^[0-9A-Z]{8}$")] | None = None
    compartment: Annotated[int, Meta(ge=1, le=9999)] | None = None
    purpose: str = ""
    due: str | None = None


class Terms(In, frozen=True, kw_only=True):
    """For what and until when."""

    purpose: str
    due: str


class Count(In, frozen=True, kw_only=True):
    """Pages, seal, or the finding of a review; of an inventory, that the compartment is empty."""

    pages: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    seal: Annotated[str, Meta(max_length=40, pattern=r"^[0-9A-Za-z-]*$")] | None = None
    finding: Literal["passed", "to-correct", "none"] = "none"
    remark: Annotated[str, Meta(max_length=500)] | None = None
    empty: bool = False


class Vouch(In, frozen=True, kw_only=True):
    """Whom the person at the reader names."""

    person: Pseudonym


class Emergency(In, frozen=True, kw_only=True):
    """Which compartment."""

    compartment: Annotated[int, Meta(ge=1, le=9999)]


class Entered(Out, frozen=True, kw_only=True):
    """Where the entry stands that made it so; `id` is what it made, if anything."""

    segment: str
    seq: int
    id: str | None = None


class Imported(Out, frozen=True, kw_only=True):
    """What came, or would come, of an import, and its entry, if it made one.

    `rows` lists what is not unchanged: row, kind, what (new, changed, refused), changed fields, or mistakes with their
    column and sentence. `more` = mistakes that an older answer no longer lists.
    """

    source: str
    new: int
    changed: int
    unchanged: int
    refused: int
    rows: list[dict[str, Any]] = []
    more: int = 0
    entered: Entered | None = None


class Report(Out, frozen=True, kw_only=True):
    """A report as one HTML page and as CSV; the entry holds the SHA-256 of both."""

    html: str
    csv: str
    entered: Entered


class Screen(Out, frozen=True, kw_only=True):
    """What the person at a cabinet sees and is asked."""

    texts: dict[str, str]
    mood: str
    ask: str
    next_step: dict[str, str] | None = None
    person: str | None = None
    entered: Entered | None = None


class Rows(Out, frozen=True, kw_only=True):
    """A page of a listing; `next` is the cursor of the following page."""

    items: list[dict[str, Any]]
    next: str | None = None


class Status(Out, frozen=True, kw_only=True):
    """How the station stands."""

    station: str
    label: str
    simulated: bool
    now: str
    since: str
    segment: str
    entries: int
    quarantined: bool
    devices: list[dict[str, Any]]
    cabinets: list[dict[str, Any]]
    storage: str
    alarms: list[dict[str, Any]]
    incidents: int | None = None  # absent while the record cannot be read


class Planned(Out, frozen=True, kw_only=True):
    """What a reload would do now: the digests of the file and of the settings that run, mistakes, else changes.

    Each of `mistakes` and `changes` has its sentence in `texts`; `untouched` names the devices that keep their driver.
    """

    good: bool
    running: str
    config: str | None = None
    mistakes: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    untouched: list[str] = []
