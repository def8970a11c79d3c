"""A text handed over part after part, and what is said when one does not leave; it knows no gateway's protocol."""

import itertools
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from custodyd_drivers.errors import LinkLost, NoReply, Refused, Unanswered
from custodyd_drivers.sms.body import Alphabet, Body, segments, split
from custodyd_drivers.sms.partly import partly

MOST_PARTS = 8
"""Carriers bill and pass at most 500 characters, eight UCS-2 parts; more is a mistake, not a reminder."""

_P = TypeVar("_P")
_RECIPIENT = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
_handovers = itertools.count(1)  # never the same twice in one process, whichever driver object counts


def checked(recipient: str, text: str) -> None:
    """Raises Refused for what is no telephone number, or needs more parts than carriers pass."""
    if not _RECIPIENT.fullmatch(recipient):
        raise Refused("the recipient is no telephone number", lasting=True)
    # a character is at most two units of the seventy that fit
    if len(text) > MOST_PARTS * 160 or segments(text) > MOST_PARTS:
        raise Refused(f"the text needs more than {MOST_PARTS} parts", lasting=True)


def bodies(text: str, reference: int) -> tuple[Body, ...]:
    """The parts of a checked text in UCS-2, which every gateway in China passes; raises Refused for too many."""
    found = split(text, reference, Alphabet.UCS2)
    if len(found) > MOST_PARTS:
        raise Refused(f"the text needs more than {MOST_PARTS} parts", lasting=True)
    return found


async def handed(parts: Sequence[_P], hand: Callable[[_P, int], Awaitable[int]]) -> tuple[int, ...]:
    """Hand over each of `parts` once; returns the reference that `hand` gave for each.

    `hand` gets a part and the number of its hand-over. Raises as `contract.SmsGateway.send`; when parts had left
    before, the error has their references as `handed`.
    """
    references: tuple[int, ...] = ()
    for left, part in zip(reversed(range(len(parts))), parts, strict=True):
        handover = next(_handovers)
        try:
            references += (await hand(part, handover),)
        except NoReply as exc:
            raise Unanswered(exc, references, left, handover) from exc
        except (Refused, LinkLost) as exc:
            raise partly(exc, references) from exc
    return references
