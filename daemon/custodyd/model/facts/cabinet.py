"""What happens at a dossier cabinet: who came, what was allowed or refused, which door moved, what lies where.

The entry's `place` is `<cabinet>` or `<cabinet>/<compartment>`; `object` is the dossier; `rule` granted or refused.
"""

from typing import ClassVar, Literal

from custodyd.model.entry import Fact

Act = Literal["deposit", "withdrawal", "return", "review", "handover", "inventory", "emergency"]
Ending = Literal["done", "left", "expired", "lapsed", "failed", "refused", "unrecorded", "interrupted"]


class PersonIdentified(Fact, frozen=True, kw_only=True):
    """A finger at the cabinet's reader named the entry's actor."""

    kind: ClassVar[str] = "person.identified"


class FingerRejected(Fact, frozen=True, kw_only=True):
    """A finger named nobody who may act: unknown, unreadable, a slot without a person, a person out of service."""

    kind: ClassVar[str] = "finger.rejected"
    reason: Literal["unknown", "unreadable", "slot", "inactive"]


class PersonVouched(Fact, frozen=True, kw_only=True):
    """The second person, whose finger was sound, named the entry's actor, whose finger the reader cannot read."""

    kind: ClassVar[str] = "person.vouched_for"


class VisitEnded(Fact, frozen=True, kw_only=True):
    """Nobody is identified at the cabinet any more: the person left, or the authority ran out."""

    kind: ClassVar[str] = "visit.ended"
    why: Literal["left", "expired", "replaced"]


class IdentificationLate(Fact, frozen=True, kw_only=True):
    """An identification arrived `age_ms` after its moment and was not acted on."""

    kind: ClassVar[str] = "person.identified_late"
    age_ms: int


class CodeRejected(Fact, frozen=True, kw_only=True):
    """A scanned code leads to nothing; only its `length` and SHA-256 (`digest`, hex) are kept."""

    kind: ClassVar[str] = "code.rejected"
    reason: Literal["unknown", "forged", "void", "unreadable"]
    length: int
    digest: str | None = None


class ActGranted(Fact, frozen=True, kw_only=True):
    """Root of the grants: the unlock pulse may be sent once this is durable."""


class DepositGranted(ActGranted, frozen=True, kw_only=True):
    """The dossier may be put into the compartment."""

    kind: ClassVar[str] = "dossier.deposit.granted"


class WithdrawalGranted(ActGranted, frozen=True, kw_only=True):
    """The dossier may be taken out for `purpose` until `due` (microseconds UTC)."""

    kind: ClassVar[str] = "dossier.withdrawal.granted"
    purpose: str
    due: int


class ReturnGranted(ActGranted, frozen=True, kw_only=True):
    """The dossier on loan may be put back."""

    kind: ClassVar[str] = "dossier.return.granted"


class ReviewGranted(ActGranted, frozen=True, kw_only=True):
    """The compartment may be opened to read the dossier on the spot; no loan arises."""

    kind: ClassVar[str] = "dossier.review.granted"


class CountGranted(ActGranted, frozen=True, kw_only=True):
    """The compartment may be opened to see what lies in it."""

    kind: ClassVar[str] = "compartment.count.granted"


class ActRefused(Fact, frozen=True, kw_only=True):
    """`act` was refused by the entry's rule."""

    kind: ClassVar[str] = "dossier.act.refused"
    act: Act


class DossierDeposited(Fact, frozen=True, kw_only=True):
    """The dossier lies in the compartment; `pages` or `seal` as counted by the actor, absent = not counted."""

    kind: ClassVar[str] = "dossier.deposited"
    pages: int | None = None
    seal: str | None = None


class DossierWithdrawn(Fact, frozen=True, kw_only=True):
    """The dossier left the compartment; a loan to the actor runs until `due`."""

    kind: ClassVar[str] = "dossier.withdrawn"
    purpose: str
    due: int


class DossierReturned(Fact, frozen=True, kw_only=True):
    """The dossier is back in a compartment; the loan ended."""

    kind: ClassVar[str] = "dossier.returned"
    pages: int | None = None
    seal: str | None = None


class DossierReviewed(Fact, frozen=True, kw_only=True):
    """A legal officer or clerk read the dossier; `finding` of the review. Sealed label, if any: /data/remark."""

    kind: ClassVar[str] = "dossier.reviewed"
    finding: Literal["passed", "to-correct", "none"]


class DossierHandedOver(Fact, frozen=True, kw_only=True):
    """The loan went from the actor to the second person; its due time stays."""

    kind: ClassVar[str] = "dossier.handed_over"
    due: int


class DiscrepancyOpened(Fact, frozen=True, kw_only=True):
    """What came back or lies there is not what the record said: `what`, `expected` and `found` as text. An incident.

    Of a content, both are dossiers or empty, and the entry's object is one of them: that which is not where it was
    expected, or that which was found.
    """

    kind: ClassVar[str] = "dossier.discrepancy.found"
    what: Literal["pages", "seal", "content"]
    expected: str
    found: str


class MotionInterrupted(Fact, frozen=True, kw_only=True):
    """The daemon stopped between grant and end of `act`: where the dossier is must be said by people. An incident."""

    kind: ClassVar[str] = "dossier.motion.interrupted"
    act: Act


class MotionAbandoned(Fact, frozen=True, kw_only=True):
    """A granted act ended without a moved dossier; `why` tells how."""

    kind: ClassVar[str] = "dossier.motion.abandoned"
    act: Act
    why: Ending


class UnlockAccepted(Fact, frozen=True, kw_only=True):
    """The board accepted the pulse; whether the bolt moved is another fact."""

    kind: ClassVar[str] = "door.unlock.accepted"


class UnlockUnknown(Fact, frozen=True, kw_only=True):
    """The pulse left and no answer came: it may have acted. It is not repeated."""

    kind: ClassVar[str] = "door.unlock.became_unknown"


class UnlockFailed(Fact, frozen=True, kw_only=True):
    """The pulse surely had no effect; `reason` is the device's short fact."""

    kind: ClassVar[str] = "door.unlock.failed"
    reason: str


class DoorOpened(Fact, frozen=True, kw_only=True):
    """The contact says open; `why`: granted act, emergency, forced (no grant), found at start or after a blind time."""

    kind: ClassVar[str] = "door.opened"
    why: Literal["granted", "emergency", "forced", "found"]


class DoorClosed(Fact, frozen=True, kw_only=True):
    """The contact says closed; `found` = seen at start or after a blind time, not when it happened."""

    kind: ClassVar[str] = "door.closed"
    found: bool = False


class DoorLapsed(Fact, frozen=True, kw_only=True):
    """Nobody opened the door within the lapse time after the pulse; another try takes another finger."""

    kind: ClassVar[str] = "door.authorisation.lapsed"


class DoorLeftOpen(Fact, frozen=True, kw_only=True):
    """The door stood open for longer than allowed: an incident until it closes."""

    kind: ClassVar[str] = "door.left_open.began"


class DoorLeftOpenEnded(Fact, frozen=True, kw_only=True):
    """The door that was left open closed after `seconds`."""

    kind: ClassVar[str] = "door.left_open.ended"
    seconds: int


class EmergencyOpened(Fact, frozen=True, kw_only=True):
    """An emergency opening: acted first, entered after; an incident until a reason and a name are given."""

    kind: ClassVar[str] = "emergency.opened"


class IncidentExplained(Fact, frozen=True, kw_only=True):
    """A person gave the reason of an incident and named who did it (`named`); the incident is closed.

    Sealed label: /data/reason. `outcome` settles where a dossier is after an interrupted motion.
    """

    kind: ClassVar[str] = "incident.explained"
    named: str
    outcome: Literal["stored", "out", "unchanged"] | None = None


class CompartmentCounted(Fact, frozen=True, kw_only=True):
    """People saw what lies in the compartment: the entry's object, or nothing."""

    kind: ClassVar[str] = "compartment.counted"


class InventoryOpened(Fact, frozen=True, kw_only=True):
    """What stands in this cabinet (the entry's place) is unconfirmed since a quarantine: an incident until people have
    seen each of its `compartments`."""

    kind: ClassVar[str] = "inventory.opened"
    compartments: int


class InventoryEnded(Fact, frozen=True, kw_only=True):
    """Every compartment of the cabinet was seen since the quarantine."""

    kind: ClassVar[str] = "inventory.ended"


class CompartmentClosed(Fact, frozen=True, kw_only=True):
    """A compartment went out of service for `reason`."""

    kind: ClassVar[str] = "compartment.taken_out"
    reason: str


class CompartmentRestored(Fact, frozen=True, kw_only=True):
    """A compartment is in service again."""

    kind: ClassVar[str] = "compartment.restored"


FACTS = (
    PersonIdentified,
    PersonVouched,
    VisitEnded,
    FingerRejected,
    IdentificationLate,
    CodeRejected,
    DepositGranted,
    WithdrawalGranted,
    ReturnGranted,
    ReviewGranted,
    CountGranted,
    ActRefused,
    DossierDeposited,
    DossierWithdrawn,
    DossierReturned,
    DossierReviewed,
    DossierHandedOver,
    DiscrepancyOpened,
    MotionInterrupted,
    MotionAbandoned,
    UnlockAccepted,
    UnlockUnknown,
    UnlockFailed,
    DoorOpened,
    DoorClosed,
    DoorLapsed,
    DoorLeftOpen,
    DoorLeftOpenEnded,
    EmergencyOpened,
    IncidentExplained,
    CompartmentCounted,
    InventoryOpened,
    InventoryEnded,
    CompartmentClosed,
    CompartmentRestored,
)
