"""Messages: how far they came, acknowledged on a screen, sent again; codes and telephone numbers stay inside."""

from typing import Any

from custodyd.api import bodies
from custodyd.api.again import entered
from custodyd.api.problems import MALFORMED, NOT_FOUND, Problem
from custodyd.api.reading import page_of, plain
from custodyd.api.routes import Asked
from custodyd.api.services import Services
from custodyd.desk.messages import MessageDesk
from custodyd.reminders.messages import STATES

_INSIDE = ("code", "rank", "watched", "unmatched")


async def listed(services: Services, asked: Asked) -> bodies.Rows:
    """Messages and how far they came, in one state if named."""
    state = asked.query.get("state")
    if state is not None and state not in STATES:
        raise Problem(400, MALFORMED, detail=f"state: {', '.join(STATES)}")
    found = page_of(services, asked, "message", "message", **({"state": state} if state else {}))
    return bodies.Rows(items=[_shown(item) for item in found.items], next=found.next)


async def shown(services: Services, asked: Asked) -> bodies.Rows:
    """One message with everything that is known of it."""
    row = services.ledger.view.get("message", asked.path["id"])
    if row is None:
        raise Problem(404, NOT_FOUND, about="message")
    return bodies.Rows(items=[_shown(plain(row))])


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _INSIDE}


async def acknowledge(services: Services, asked: Asked) -> bodies.Entered:
    """The person to whom it went has read it."""
    body: bodies.Acknowledge = asked.body
    return entered(await _desk(services).acknowledge(asked.path["id"], body.named, asked.peer.actor, asked.key))


async def repeat(services: Services, asked: Asked) -> bodies.Entered:
    """Send it again, marked as a repetition."""
    return entered(await _desk(services).repeat(asked.path["id"], asked.peer.actor, asked.key))


def _desk(services: Services) -> MessageDesk:
    return MessageDesk(services.ledger, services.clock, services.lookup)
