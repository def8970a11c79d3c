"""The real application on a real unix socket over a real record, without devices."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.station.support import DEVICES, place

from custodyd.api import Services, make_app, serve
from custodyd.api.serve import bind
from custodyd.desk.cabinet.events import Finger
from custodyd.ledger.keys import StationKeys
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts.people import FingerEnrolled
from custodyd.settings import load
from custodyd.station.places import Places
from custodyd.station.station import Station

READER, CABINET = "reader-a", "dossier-a"


@dataclass
class Api:
    """A served station and a client at its socket."""

    station: Station
    services: Services
    socket: Path
    client: httpx.AsyncClient

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(path, params=query)

    async def post(self, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return await self.client.post(path, json=body or {}, headers=headers)

    async def person(self, *roles: str) -> str:
        answer = await self.post("/v1/people", {"name": "模拟人", "roles": roles or ("case-officer",)})
        return str(answer.json()["id"])

    async def at_the_cabinet(self, *roles: str) -> str:
        """A person whose finger is known, identified at the cabinet."""
        person, clock = await self.person(*roles), self.station.clock
        slot = len(self.station.ledger.view.select("finger"))
        by = Actor("peer-uid", 1, "uid:1000", "clerk")
        draft = Draft(fact=FingerEnrolled(slot=slot), happened=clock.civil(), actor=by, device=READER, subject=person)
        await self.station.ledger.append(draft)
        await self.station.desks[CABINET].handle(Finger(clock.elapsed(), clock.civil(), READER, slot, 120))
        return person

    def head(self) -> tuple[str, int]:
        return self.station.ledger.head()


def services_of(station: Station) -> Services:
    return Services(
        station.settings, station.clock, station.ledger, station.people, station.lookup, station.register,
        station.enrolment, station.clocks, station.desks, list[str], station.clock.civil(), imports=station.imports,
    )  # fmt: skip


async def opened(folder: Path) -> Station:
    places = Places(folder / "state", folder / "run", folder / "credentials")
    places.state.mkdir()
    places.runtime.mkdir()
    StationKeys.generate(places.credentials)
    overlay = folder / "overlay.toml"
    overlay.write_text(f'[simulation]\ncivil_socket = "{folder / "run" / "civil.sock"}"\n')
    return await Station.open(load(DEVICES, overlay), places)


@asynccontextmanager
async def served(services: Services, socket: Path) -> AsyncGenerator[httpx.AsyncClient]:
    task = asyncio.create_task(serve(make_app(services), bind(socket)))
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://station", timeout=20) as client:
            yield client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def api() -> AsyncGenerator[Api]:
    with place() as folder:
        station = await opened(folder)
        services, socket = services_of(station), folder / "run" / "api.sock"
        async with served(services, socket) as client:
            yield Api(station, services, socket, client)
        await station.ledger.stop("asked")


@pytest.fixture
def socket_of(api: Api) -> Callable[[Services], AbstractAsyncContextManager[httpx.AsyncClient]]:
    """A second socket to the same station, with other services."""
    return lambda services: served(services, api.socket.with_name("other.sock"))


@pytest.fixture
async def strangers(
    api: Api, socket_of: Callable[[Services], AbstractAsyncContextManager[httpx.AsyncClient]]
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client at a station that is not simulated, where no account has a role."""
    nobody: dict[str, Any] = {"simulation": None, "accounts": {}}
    settings = replace(api.services.settings, **nobody)
    async with socket_of(replace(api.services, settings=settings)) as client:
        yield client
