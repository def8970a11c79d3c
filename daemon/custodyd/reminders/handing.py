"""One hand-over to one gateway, and what it means for the message; it must not know when or whether to try again."""

from dataclasses import dataclass
from typing import Literal

from custodyd.model.entry import Fact
from custodyd.model.facts import messages as facts
from custodyd_drivers.contract import SmsGateway
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused, Unanswered


@dataclass(frozen=True, slots=True)
class Owed:
    """A hand-over that nobody answered for: its message, and how many parts were not handed over after it."""

    message: str
    left: int


@dataclass(frozen=True, slots=True)
class Handed:
    """How a hand-over ended: `fact` says what is known of the message, or it surely did not leave (`refused`, why).

    `handover` is named where the answer may still come (`owed`).
    """

    fact: Fact | None
    refused: Literal["", "passing", "lasting"] = ""
    why: str = ""
    handover: int = 0
    owed: Owed | None = None


async def hand(gateway: SmsGateway, message: str, number: str, text: str) -> Handed:
    """Hand the text over, once; whatever a gateway does, it ends as a `Handed`."""
    try:
        references = await gateway.send(number, text)
    except NoReply as exc:
        unknown = facts.MessageUnknown(id=message, reason=exc.fact, references=_left(exc))
        if isinstance(exc, Unanswered):
            return Handed(unknown, handover=exc.handover, owed=Owed(message, exc.left))
        return Handed(unknown)
    except (Refused, LinkLost) as exc:
        if left := _left(exc):
            reason = f"handed over in part: {exc.fact}"
            return Handed(facts.MessageUnknown(id=message, reason=reason, references=left))
        lasting = isinstance(exc, Refused) and exc.lasting
        return Handed(None, "lasting" if lasting else "passing", exc.fact)
    except DeviceError as exc:
        return Handed(facts.MessageUnknown(id=message, reason=exc.fact))
    return Handed(facts.MessageAccepted(id=message, references=references))


def _left(exc: DeviceError) -> tuple[int, ...]:
    """The references of the parts that surely left before an error."""
    return getattr(exc, "handed", ())
