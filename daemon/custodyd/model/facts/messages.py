"""What happens to a message, from its intention to the handset, and to the answer of whoever read it."""

from typing import ClassVar, Literal

from custodyd.model.entry import Fact
from custodyd.model.facts.clocks import Colour

Purpose = Literal["reminder", "digest", "answer", "test", "head"]
"""Told of a clock or incident; several reminders in one; the answer to a reply; the daily test; the record's head."""


class MessageIntended(Fact, frozen=True, kw_only=True):
    """A message to the entry's subject is to be sent; `text` holds no name, no number, no place."""

    kind: ClassVar[str] = "message.intended"
    id: str
    text: str
    about: str  # the clock or incident that caused it
    colour: Colour
    parts: int
    purpose: Purpose = "reminder"


class MessageHeld(Fact, frozen=True, kw_only=True):
    """The message waits until `until`: for the end of the quiet hours, the next digest, or a day with budget left."""

    kind: ClassVar[str] = "message.held"
    id: str
    until: int
    why: Literal["quiet", "digest", "budget"]


class MessageGathered(Fact, frozen=True, kw_only=True):
    """The message leaves as part of the digest `into`; what becomes of that one became of this one."""

    kind: ClassVar[str] = "message.gathered"
    id: str
    into: str


class MessageHanding(Fact, frozen=True, kw_only=True):
    """The message is about to be handed to the gateway (the entry's device); a run that ends here leaves it unknown.

    `code` stands in the text where an acknowledgement is wanted: a reply with it acknowledges, once.
    """

    kind: ClassVar[str] = "message.handing.began"
    id: str
    attempt: int
    code: str | None = None


class MessageAccepted(Fact, frozen=True, kw_only=True):
    """The gateway took it under these references, one per part."""

    kind: ClassVar[str] = "message.accepted"
    id: str
    references: tuple[int, ...]


class PartArrived(Fact, frozen=True, kw_only=True):
    """One part of a longer message is on the handset."""

    kind: ClassVar[str] = "message.part.arrived"
    id: str
    reference: int


class MessageDelivered(Fact, frozen=True, kw_only=True):
    """Every part is on the handset."""

    kind: ClassVar[str] = "message.delivered"
    id: str


class MessageAcknowledged(Fact, frozen=True, kw_only=True):
    """The entry's subject says that the message was read: `how` = by a reply with its code, or on a screen.

    The actor is who said so. It stops no clock.
    """

    kind: ClassVar[str] = "message.acknowledged"
    id: str
    how: Literal["reply", "screen"]


class MessageFailed(Fact, frozen=True, kw_only=True):
    """It surely did not arrive; `lasting` = the same way will not work, else it is tried again at `again`."""

    kind: ClassVar[str] = "message.failed"
    id: str
    reason: str
    lasting: bool
    again: int | None = None


class MessageUnknown(Fact, frozen=True, kw_only=True):
    """Whether it left is unknown; it is not sent again by itself. `references` are of parts that surely had left."""

    kind: ClassVar[str] = "message.became_unknown"
    id: str
    reason: str
    references: tuple[int, ...] = ()


class MessageAcceptedLate(Fact, frozen=True, kw_only=True):
    """The part that nobody answered for was taken after all; `missing` later parts were never handed over.

    With none missing the message is accepted; else it stays unknown, since no handset shows it whole.
    """

    kind: ClassVar[str] = "message.accepted_late"
    id: str
    reference: int
    missing: int


class MessageRepeated(Fact, frozen=True, kw_only=True):
    """By the actor's word a message that failed, or whose fate is unknown, is to be sent again; `text` says that."""

    kind: ClassVar[str] = "message.to_be_repeated"
    id: str
    text: str
    parts: int


class MessageClimbed(Fact, frozen=True, kw_only=True):
    """The message was not delivered, or not acknowledged, in time: `told` people of the next `role` are told, once.

    Without a role nobody stands above.
    """

    kind: ClassVar[str] = "message.climbed"
    id: str
    why: Literal["undelivered", "unacknowledged"]
    told: int
    role: str | None = None


class ReplyReceived(Fact, frozen=True, kw_only=True):
    """A short message came in from the number of the entry's subject, as the network names it; its text is not kept.

    `code` says what the code in it was: right (it acknowledges), used before, of somebody else's message, of none, or
    not there. From a number that belongs to nobody there is no entry: a stranger fills no record.
    """

    kind: ClassVar[str] = "message.received"
    length: int
    code: Literal["right", "used", "foreign", "wrong", "none"] | None = None


FACTS = (
    MessageIntended,
    MessageHeld,
    MessageGathered,
    MessageHanding,
    MessageAccepted,
    PartArrived,
    MessageDelivered,
    MessageAcknowledged,
    MessageFailed,
    MessageUnknown,
    MessageAcceptedLate,
    MessageRepeated,
    MessageClimbed,
    ReplyReceived,
)
