"""What happens to a message, from its intention to the handset and back."""

from typing import ClassVar

from custodyd.model.entry import Fact
from custodyd.model.facts.clocks import Colour


class MessageIntended(Fact, frozen=True, kw_only=True):
    """A message to the entry's subject is to be sent; `text` holds no name, no number, no place."""

    kind: ClassVar[str] = "message.intended"
    id: str
    text: str
    about: str  # the clock or incident that caused it
    colour: Colour
    parts: int


class MessageHanding(Fact, frozen=True, kw_only=True):
    """The message is about to be handed to the gateway (the entry's device); a run that ends here leaves it unknown."""

    kind: ClassVar[str] = "message.handing.began"
    id: str
    attempt: int


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


class ReplyReceived(Fact, frozen=True, kw_only=True):
    """A short message came in from the number of the entry's subject, as the network names it; its text is not kept.

    From a number that belongs to nobody there is no entry: a stranger fills no record.
    """

    kind: ClassVar[str] = "message.received"
    length: int


FACTS = (
    MessageIntended,
    MessageHanding,
    MessageAccepted,
    PartArrived,
    MessageDelivered,
    MessageFailed,
    MessageUnknown,
    MessageAcceptedLate,
    ReplyReceived,
)
