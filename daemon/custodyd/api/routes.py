"""The table of routes: method, path, right, body, answer, handler; the OpenAPI description is made from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from custodyd.api import bodies
from custodyd.api.peer import Peer
from custodyd.api.services import Services
from custodyd.model.entry import Entry
from custodyd.model.station import Right


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, checked: who, the ids in the path, the query, the body, the idempotency key."""

    peer: Peer
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    key: str | None


Handler = Callable[[Services, Asked], Awaitable[Any]]
Again = Callable[[Services, Asked, Entry], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One row. `right` None = any account of the station; `query` names what its query may say.

    `again` gives the first answer again from the entry that it caused, for a repeat of the same request; an `urgent`
    verb goes on where nobody can read whether it is one.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    answer: type = bodies.Rows
    body: type[bodies.In] | None = None
    right: Right | None = None
    query: tuple[str, ...] = ()
    again: Again | None = None
    urgent: bool = False
    largest: int = 64 * 1024  # bytes of a body
