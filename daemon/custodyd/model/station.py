"""People, cases and dossiers as a decision sees them: what is known now, in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

CASE_ROLES: Mapping[str, str] = MappingProxyType({"case-officer": "lead", "co-officer": "co"})
"""Roles that a person has in a case, with the part there; every other role is held in the whole unit."""


class Right(StrEnum):
    """What a role may do; which role holds which right is data (devices.toml), within the nevers of `policy`."""

    STORE = "store"  # deposit, withdraw, return dossiers of own cases
    REVIEW = "review"  # open any dossier compartment of the unit to review
    LABEL = "label"  # void and reissue labels
    APPROVE = "approve"  # approve loans and extensions
    EMERGENCY = "emergency"  # open anything in an emergency
    ENROL_NAME = "enrol-name"  # name the person of a finger
    ENROL_RUN = "enrol-run"  # run the reader for it
    READ_NAMES = "read-names"
    REGISTER = "register"  # accept cases, assign officers, register dossiers and people
    KIOSK = "kiosk"  # answer at a cabinet's screen what the person there is asked
    EXPLAIN = "explain"  # close incidents
    VERIFY = "verify"  # verify and export the record
    CONFIGURE = "configure"


@dataclass(frozen=True, slots=True)
class Person:
    """A person by pseudonym: roles, the rights they add up to, in service or not."""

    id: str
    roles: frozenset[str]
    rights: frozenset[Right]
    active: bool
    emergency: bool

    @property
    def may_open_in_emergency(self) -> bool:
        """By role, or marked for it."""
        return self.active and (self.emergency or Right.EMERGENCY in self.rights)


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its officers by pseudonym, and whether 不审不批 holds."""

    id: str
    officers: frozenset[str]
    needs_review: bool


class Whereabouts(StrEnum):
    """Where a dossier is."""

    EXPECTED = "expected"
    STORED = "stored"
    OUT = "out"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: its case, where it is, who holds it until when, what was counted last; `reviewed` = passed once."""

    id: str
    case: str
    volume: int
    issue: int
    state: Whereabouts
    place: str | None = None
    holder: str | None = None
    due: int | None = None
    pages: int | None = None
    seal: str | None = None
    reviewed: bool = False
