"""The ASGI application over the table of routes: checks who asks and what, and turns every refusal into a problem."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as WebRoute

from custodyd.api import bodies
from custodyd.api.peer import Peer, peer
from custodyd.api.problems import CONFLICT, MALFORMED, NOT_FOUND, Problem
from custodyd.api.reading import desk_of, entry_plain, place_of, screen
from custodyd.api.routes import Asked, Route
from custodyd.api.services import Services
from custodyd.api.table import ROUTES
from custodyd.desk.enrolment import Forbidden, NotEnrolled
from custodyd.desk.register import Conflict, NotFound
from custodyd.ledger import RecordUnavailable, Repeated, Unrecordable
from custodyd.model.entry import Entry

Endpoint = Callable[[Request], Awaitable[Response]]
LARGEST_BODY = 64 * 1024
_KEY_LONGEST = 64


def make_app(services: Services) -> Starlette:
    """The application of one station."""
    routes = [WebRoute(route.path, _endpoint(services, route), methods=[route.method]) for route in ROUTES]
    return Starlette(routes=[*routes, WebRoute("/v1/events", _events(services), methods=["GET"])])


def _endpoint(services: Services, route: Route) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            asked = await _asked(services, route, request)
            found = await _once(services, route, asked)
        except Problem as problem:
            return _problem(problem)
        except (NotFound, Conflict, Forbidden, NotEnrolled, RecordUnavailable, Unrecordable) as exc:
            return _problem(_problem_of(exc))
        return Response(msgspec.json.encode(found), media_type="application/json")

    return answer


def _problem_of(exc: Exception) -> Problem:
    match exc:
        case NotFound():
            return Problem(404, NOT_FOUND)
        case Forbidden():
            return Problem(403, exc.refused.rule.id)
        case RecordUnavailable():
            return Problem(503, "storage-failed")
        case NotEnrolled():
            return Problem(409, "finger-unreadable")
        case _:
            return Problem(409, CONFLICT)


def _problem(problem: Problem) -> Response:
    return Response(problem.body(), problem.status, media_type="application/problem+json")


async def _once(services: Services, route: Route, asked: Asked) -> object:
    """A repeated request gets its first answer: the entry that it caused."""
    before = services.ledger.answered(asked.key) if asked.key is not None else None
    if before is not None:
        return _first_answer(services, route, asked, before)
    try:
        return await route.handler(services, asked)
    except Repeated:  # two of the same at the same time: the other one was first
        entry = services.ledger.answered(asked.key or "")
        if entry is None:
            raise
        return _first_answer(services, route, asked, entry)


def _first_answer(services: Services, route: Route, asked: Asked, entry: Entry) -> object:
    made = entry.object or entry.subject or entry.case
    entered = bodies.Entered(segment=entry.segment, seq=entry.seq, id=made)
    if route.answer is bodies.Screen:
        return screen(services, desk_of(services, asked).screen, entered)
    return entered


async def _asked(services: Services, route: Route, request: Request) -> Asked:
    who = _peer(services, request)
    if route.right is not None and route.right not in who.rights:
        raise Problem(403, "right-missing")
    if not who.roles:
        raise Problem(403, "right-missing")
    key = request.headers.get("idempotency-key")
    if route.method == "POST" and (not key or len(key) > _KEY_LONGEST or not key.isascii()):
        raise Problem(400, MALFORMED)
    body = await _body(route, request) if route.body else None
    return Asked(who, dict(request.path_params), dict(request.query_params), body, key)


def _peer(services: Services, request: Request) -> Peer:
    found = request.scope.get("peer")
    if found is None:
        raise Problem(403, "right-missing")
    _, uid, gid = found
    return peer(uid, gid, services.settings)


async def _body(route: Route, request: Request) -> object:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise Problem(413, MALFORMED)
    try:
        return msgspec.json.decode(bytes(data) or b"{}", type=route.body or bodies.Nothing)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Problem(400, MALFORMED) from exc


def _events(services: Services) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            who = _peer(services, request)
            if not who.roles:
                raise Problem(403, "right-missing")
            after = _resume(services, request)
        except Problem as problem:
            return _problem(problem)
        return StreamingResponse(_stream(services, after), media_type="text/event-stream")

    return answer


def _resume(services: Services, request: Request) -> tuple[str, int]:
    last = request.headers.get("last-event-id") or request.query_params.get("after")
    return place_of(last) if last else services.ledger.head()


async def _stream(services: Services, after: tuple[str, int]) -> AsyncIterator[bytes]:
    yield b": custodyd\n\n"
    async for entry in services.ledger.follow(after):
        data = msgspec.json.encode(entry_plain(entry)).decode()
        yield f"id: {entry.segment}/{entry.seq}\nevent: entry\ndata: {data}\n\n".encode()
