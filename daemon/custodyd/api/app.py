"""The ASGI application over the table of routes: checks who asks and what, and turns every refusal into a problem."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from weakref import WeakValueDictionary

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as WebRoute

from custodyd.api import bodies
from custodyd.api.openapi import DESCRIPTION, EVENTS, describe
from custodyd.api.peer import Peer, peer
from custodyd.api.problems import CONFLICT, MALFORMED, NOT_FOUND, Problem
from custodyd.api.record import entry_plain, place_of
from custodyd.api.routes import Asked, Route
from custodyd.api.services import Services
from custodyd.api.table import ROUTES
from custodyd.desk.enrolment import Forbidden, NotEnrolled
from custodyd.desk.register import Conflict, NotFound
from custodyd.ledger import RecordUnavailable
from custodyd.ledger.errors import Broken, Erased, LedgerError, WrongKey
from custodyd.model.entry import Entry

Endpoint = Callable[[Request], Awaitable[Response]]
_KEY_LONGEST = 64
_NOBODY = (0, 2**32 - 1, 2**32 - 1)  # no account has these numbers


def make_app(services: Services) -> Starlette:
    """The application of one station."""
    turns = Turns()
    routes = [WebRoute(route.path, _endpoint(services, route, turns), methods=[route.method]) for route in ROUTES]
    routes.append(WebRoute(EVENTS, _events(services), methods=["GET"]))
    routes.append(WebRoute(DESCRIPTION, _description(services), methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={404: _nowhere, 405: _nowhere})
    app.router.redirect_slashes = False
    return app


async def _nowhere(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 404
    return _problem(Problem(status, NOT_FOUND, about="route"))


def _endpoint(services: Services, route: Route, turns: "Turns") -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            asked = await _asked(services, route, request)
            async with turns.of(asked.key):
                found = await _once(services, route, asked)
        except Problem as problem:
            return _problem(problem)
        except (NotFound, Conflict, Forbidden, NotEnrolled, LedgerError) as exc:
            return _problem(_problem_of(exc))
        return Response(msgspec.json.encode(found), media_type="application/json")

    return answer


def _problem_of(exc: Exception) -> Problem:
    match exc:
        case NotFound():
            return Problem(404, NOT_FOUND, about=exc.what, detail=", ".join(exc.possible) or None)
        case Conflict():
            return Problem(409, exc.rule, about=exc.what)
        case Forbidden():
            return Problem(403, exc.refused.rule.id)
        case RecordUnavailable() | Broken():
            return Problem(503, "storage-failed")
        case NotEnrolled():
            return Problem(409, "not-enrolled", detail=exc.reason)
        case Erased() | WrongKey():
            return Problem(409, CONFLICT, about="key")
        case _:
            return Problem(409, CONFLICT)


def _problem(problem: Problem) -> Response:
    return Response(problem.body(), problem.status, media_type="application/problem+json")


async def _once(services: Services, route: Route, asked: Asked) -> object:
    """A repeated request gets its first answer; a key that was used for another verb is a conflict."""
    before = _before(services, route, asked)
    if before is None:
        return await route.handler(services, asked)
    if route.again is None:
        raise Problem(409, CONFLICT, about="request")
    return route.again(services, asked, before)


def _before(services: Services, route: Route, asked: Asked) -> Entry | None:
    try:
        return services.ledger.answered(asked.key) if asked.key is not None else None
    except RecordUnavailable:
        if route.urgent:
            return None
        raise


class Turns:
    """Requests with one key go one after another: the second finds the answer of the first."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def of(self, key: str | None) -> AsyncGenerator[None]:
        """The turn of `key`; without a key everybody goes at once."""
        lock = asyncio.Lock() if key is None else self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield


async def _asked(services: Services, route: Route, request: Request) -> Asked:
    who = _known(services, request)
    if route.right is not None and route.right not in who.rights:
        raise Problem(403, "right-missing")
    key = request.headers.get("idempotency-key") if route.method == "POST" else None
    if route.method == "POST" and (not key or len(key) > _KEY_LONGEST or not key.isascii()):
        raise Problem(400, MALFORMED, detail=f"Idempotency-Key: 1 to {_KEY_LONGEST} ASCII characters")
    body = await _body(route, request) if route.body else None
    return Asked(who, dict(request.path_params), dict(request.query_params), body, key)


def _known(services: Services, request: Request) -> Peer:
    """The account that asks; raises Problem for one without any role."""
    _, uid, gid = request.scope.get("peer", _NOBODY)
    who = peer(uid, gid, services.settings)
    if not who.roles:
        raise Problem(403, "right-missing")
    return who


async def _body(route: Route, request: Request) -> object:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > route.largest:
            raise Problem(413, MALFORMED, detail=f"at most {route.largest} bytes")
    try:
        return msgspec.json.decode(bytes(data) or b"{}", type=route.body or bodies.Nothing)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Problem(400, MALFORMED, detail=str(exc)) from exc


def _events(services: Services) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            _known(services, request)
            after = _resume(services, request)
        except Problem as problem:
            return _problem(problem)
        except RecordUnavailable as exc:
            return _problem(_problem_of(exc))
        return StreamingResponse(_stream(services, after), media_type="text/event-stream")

    return answer


def _description(services: Services) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            _known(services, request)
        except Problem as problem:
            return _problem(problem)
        return Response(msgspec.json.encode(describe()), media_type="application/json")

    return answer


def _resume(services: Services, request: Request) -> tuple[str, int]:
    last = request.headers.get("last-event-id") or request.query_params.get("after")
    return place_of(last) if last else services.ledger.head()


async def _stream(services: Services, after: tuple[str, int]) -> AsyncIterator[bytes]:
    yield b": custodyd\n\n"
    try:
        async for entry in services.ledger.follow(after):
            data = msgspec.json.encode(entry_plain(entry)).decode()
            yield f"id: {entry.segment}/{entry.seq}\nevent: entry\ndata: {data}\n\n".encode()
    except RecordUnavailable:
        return  # whoever follows comes again with the id of the last entry
