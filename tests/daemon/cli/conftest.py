"""A station without devices: its real record and API on a real socket, served from a thread of the test."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from custodyd.api import Services, make_app, serve
from custodyd.api.serve import bind
from custodyd.cli.control import main
from custodyd.ledger import Ledger
from custodyd.ledger.keys import StationKeys
from custodyd.model.alarm import Alarm
from custodyd.model.entry import Draft
from custodyd.settings import load
from custodyd.station.conditions import sentence
from custodyd.station.places import Places
from custodyd.station.station import Station

ALARM = Alarm("device-blind", "reader-a", "silence", 1_800_000_000_000_000)
CONFIG = Path(__file__).parents[3] / "devices.toml"


@dataclass
class Served:
    """The socket of a running station; `append` puts entries into its record."""

    socket: Path
    append: Callable[..., Any]

    def tell(self, *words: str, lang: str = "en") -> Result:
        """What the tool answers."""
        return CliRunner().invoke(main, ["--socket", str(self.socket), "--lang", lang, *words])

    def json(self, *words: str) -> Any:
        """The document that a command prints; it must succeed."""
        result = self.tell(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def places(folder: Path) -> Places:
    found = Places(folder / "state", folder / "run", folder / "credentials")
    found.state.mkdir()
    found.runtime.mkdir()
    StationKeys.generate(found.credentials)
    return found


async def run(folder: Path, ready: "Future[tuple[asyncio.Event, Ledger]]") -> None:
    overlay = folder / "overlay.toml"
    overlay.write_text(f'[simulation]\ncivil_socket = "{folder / "run" / "civil.sock"}"\n')
    settings = load(CONFIG, overlay)
    station = await Station.open(settings, places(folder))
    services = Services(
        settings, station.clock, station.ledger, station.people, station.lookup, station.register, station.enrolment,
        station.clocks, station.desks, list[str], station.clock.civil(),
        lambda: [(ALARM, sentence(ALARM))], imports=station.imports,
    )  # fmt: skip
    ending = asyncio.Event()
    serving = asyncio.create_task(serve(make_app(services), bind(folder / "run" / "api.sock")))
    ready.set_result((ending, station.ledger))
    await ending.wait()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await station.ledger.stop("asked")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Served]:
    ready: Future[tuple[asyncio.Event, Ledger]] = Future()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run(tmp_path, ready)))
    thread.start()
    ending, ledger = ready.result(30)

    def append(*drafts: Draft) -> Any:
        return asyncio.run_coroutine_threadsafe(ledger.append(*drafts), loop).result(30)

    yield Served(tmp_path / "run" / "api.sock", append)
    loop.call_soon_threadsafe(ending.set)
    thread.join(30)
    loop.close()
