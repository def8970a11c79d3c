"""What happens to people as the record sees them: pseudonyms, roles and fingers; names are sealed labels beside."""

from typing import ClassVar, Literal

from custodyd.model.entry import Fact

CardField = Literal["name", "phone", "identity"]


class StationFounded(Fact, frozen=True, kw_only=True):
    """Two witnesses saw the station's keys made and named who is first; sealed labels: /data/names/0 and /1, theirs.

    Until a finger of `clerk` is enrolled, the account of a technician alone enrols fingers of `clerk` and `leader`
    (rule `founding`); then never again by this entry. `renewed` = not the first time: both paper halves were shown.
    """

    kind: ClassVar[str] = "station.founded"
    witnesses: tuple[str, str]
    clerk: str
    leader: str | None = None
    renewed: bool = False


class PersonRegistered(Fact, frozen=True, kw_only=True):
    """A person became known under a pseudonym (the entry's `subject`); sealed label: /data/name.

    `emergency` = may open in an emergency whatever the role.
    """

    kind: ClassVar[str] = "person.registered"
    roles: tuple[str, ...]
    emergency: bool = False


class PersonChanged(Fact, frozen=True, kw_only=True):
    """Roles, emergency right or service of a person changed; the whole new state stands here."""

    kind: ClassVar[str] = "person.changed"
    roles: tuple[str, ...]
    active: bool
    emergency: bool = False


class CardChanged(Fact, frozen=True, kw_only=True):
    """What the directory keeps of a person was replaced in these `fields`; sealed label, of a new name: /data/name."""

    kind: ClassVar[str] = "person.card.changed"
    fields: tuple[CardField, ...]


class EnrolmentGranted(Fact, frozen=True, kw_only=True):
    """A finger of `subject` may go into `slot` of the entry's device.

    By the rule `clerk-names-fingers`, a clerk's finger and a technician's account together; by `founding`, an account.
    """

    kind: ClassVar[str] = "finger.enrolment.granted"
    slot: int


class FingerEnrolled(Fact, frozen=True, kw_only=True):
    """The reader (the entry's device) holds a finger of `subject` in `slot`."""

    kind: ClassVar[str] = "finger.enrolled"
    slot: int


class EnrolmentFailed(Fact, frozen=True, kw_only=True):
    """The reader did not take the finger; `reason` is the device's short fact."""

    kind: ClassVar[str] = "finger.enrolment.failed"
    slot: int
    reason: str


class RemovalGranted(Fact, frozen=True, kw_only=True):
    """The template in `slot` of the entry's device may be removed."""

    kind: ClassVar[str] = "finger.removal.granted"
    slot: int


class FingerRemoved(Fact, frozen=True, kw_only=True):
    """The reader no longer holds the finger that was in `slot`."""

    kind: ClassVar[str] = "finger.removed"
    slot: int


class SlotUnknown(Fact, frozen=True, kw_only=True):
    """A reader holds a template in `slot` that the record does not know: an incident."""

    kind: ClassVar[str] = "finger.slot.found_unknown"
    slot: int


class SlotMissing(Fact, frozen=True, kw_only=True):
    """A reader lost the template that the record knows in `slot`: an incident."""

    kind: ClassVar[str] = "finger.slot.found_missing"
    slot: int


class LabelsOpened(Fact, frozen=True, kw_only=True):
    """Someone read sealed labels: `what` was asked for, `count` labels were opened, `why` in the reader's word."""

    kind: ClassVar[str] = "labels.opened"
    what: str
    count: int
    why: str


FACTS = (
    StationFounded,
    PersonRegistered,
    PersonChanged,
    CardChanged,
    EnrolmentGranted,
    FingerEnrolled,
    EnrolmentFailed,
    RemovalGranted,
    FingerRemoved,
    SlotUnknown,
    SlotMissing,
    LabelsOpened,
)
