"""One entry of the record, as it is drafted and as it stands; it must not know storage, hashing or keys."""

from typing import Annotated, Any, ClassVar, Literal

import msgspec

MAX_INTEGER = 2**53 - 1
Exact = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
"""An integer that every JSON library reads back exactly (RFC 8785)."""
Micros = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER, description="microseconds, UTC since 1970")]
IdentifiedBy = Literal[
    "fingerprint", "card", "pin", "card+pin", "fingerprint+card", "peer-uid", "named", "none"
]  # how a person was identified


class Actor(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who did it and how strongly that is known.

    `strength`: 0 nobody identified, 1 asserted or mere possession, 2 one sound proof, 3 two proofs of different kinds.
    """

    by: IdentifiedBy
    strength: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    person: str | None = None
    role: str | None = None
    reader: str | None = None
    slot: Exact | None = None
    score: Exact | None = None


NOBODY = Actor(by="none")


class Rule(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The rule that granted or refused; `law` is the version of the law's data set, where one was used."""

    id: str
    version: Exact
    law: str | None = None


class ClockState(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is known of the clock; absent fields are unknown."""

    source: str | None = None
    synced: bool | None = None
    offset_ms: Exact | None = None


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A personal label kept out of the entry: `path` is its JSON pointer, `commit` binds it, `box` keeps it."""

    path: str
    person: str
    commit: str
    box: str


class Label(msgspec.Struct, frozen=True):
    """A personal text on its way to being sealed: the text of `person` that belongs at `path` (RFC 6901)."""

    path: str
    person: str
    text: str


Cause = tuple[str, Exact]  # segment, seq


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Root of the kind-specific part of an entry; each subclass is one row of the closed list in `model.facts`."""

    kind: ClassVar[str]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry before the writer takes it: everything that is known where it is decided."""

    fact: Fact
    happened: int  # microseconds UTC
    happened_by: Literal["daemon", "device", "person"] = "daemon"
    received: int | None = None
    actor: Actor | None = None
    second: Actor | None = None
    device: str | None = None
    place: str | None = None
    case: str | None = None
    subject: str | None = None
    object: str | None = None
    rule: Rule | None = None
    incident: str | None = None
    request: str | None = None  # idempotency key of the verb that asked for it
    causes: tuple[Cause, ...] = ()
    labels: tuple[Label, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry as it stands in the record; field meanings: docs/record.md. `data` fits the schema of `kind`."""

    v: Exact
    seq: Exact
    salt: str
    station: str
    segment: str
    run: str
    kind: str
    happened: Micros
    happened_by: Literal["daemon", "device", "person"]
    recorded: Micros
    mono: Micros
    data: dict[str, Any]
    incident: str | None = None
    received: Micros | None = None
    clock: ClockState | None = None
    actor: Actor | None = None
    second: Actor | None = None
    device: str | None = None
    place: str | None = None
    case: str | None = None
    subject: str | None = None
    object: str | None = None
    rule: Rule | None = None
    request: str | None = None
    causes: tuple[Cause, ...] = ()
    sealed: tuple[Sealed, ...] = ()

    @property
    def at(self) -> Cause:
        """Where it stands: (segment, seq)."""
        return self.segment, self.seq
