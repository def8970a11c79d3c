"""A record that breaks under a living station: an emergency opens, nothing is replaced silently, the loss is named."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet
from tests.station.test_faults import again, hand

from custodyd.station.run import BROKEN_S
from custodyd.texts import Locale, say
from custodyd_simulators.minute import CABINET, READER, Minute
from custodyd_simulators.running import Running, simulation

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
PLACE = f"{CABINET}/5"


async def test_a_record_torn_under_the_daemon_opens_in_an_emergency_and_is_put_aside_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with place() as state, contextlib.closing(await _ear(state / "notify")) as ear:
        monkeypatch.setenv("NOTIFY_SOCKET", str(state / "notify"))
        async with simulation(DEVICES, state) as running:
            await running.ready()
            minute = Minute(running, quiet)
            await minute.enrol()
            _, code = await minute.open_case()
            await minute.deposit(code)
            _tear(state / "record")
            await minute.until(lambda: _stands(running, "record-broken"))
            await _an_emergency_opens(running, minute)
            assert any("STATUS=" in word and say("alarm.record-broken") in word for word in ear.heard)
            line = (state / "run" / "emergency").read_text("utf-8")
            assert PLACE in line
            await minute.until(lambda: _stands(running, "emergency-owed"))
            await hand(running, "door", PLACE, "shut")
            await _ends(running)
            running.process = await again(state)
            await running.ready()
            await _the_next_start_names_the_loss_and_enters_the_opening(running, minute)
            assert (state / "run" / "emergency").read_text("utf-8") == ""
        _both_languages_and_no_traceback(state / "daemon.log")


class Ear(asyncio.DatagramProtocol):
    """What systemd would hear."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.append(data.decode())

    def close(self) -> None:
        assert self.transport is not None
        self.transport.close()


async def _ear(path: Path) -> Ear:
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_datagram_endpoint(Ear, local_addr=str(path), family=socket.AF_UNIX)
    return ear


def _tear(record: Path) -> None:
    """Every page of the record, and of its log, under the feet of the daemon: not even the people are left."""
    for name in ("record.db", "record.db-wal"):
        with (record / name).open("r+b") as file:
            file.write(os.urandom((record / name).stat().st_size))


async def _stands(running: Running, name: str) -> bool:
    return name in [alarm["name"] for alarm in (await running.get("/v1/status"))["alarms"]]


async def _an_emergency_opens(running: Running, minute: Minute) -> None:
    asked: Any = await running.post(f"/v1/cabinets/{CABINET}/emergency", compartment=5)
    assert asked["ask"] == "finger"

    async def pulsed() -> bool:
        await hand(running, "finger", READER, "leader")
        return bool(await hand(running, "pulses", PLACE))

    await minute.until(pulsed)
    assert await hand(running, "pulses", PLACE) == 1
    assert await hand(running, "door", PLACE, "open") == "open"


async def _ends(running: Running) -> None:
    """The daemon ends itself, not at once: only a start can put the file aside, and it may know nobody any more."""
    async with asyncio.timeout(BROKEN_S + 5):
        assert await running.process.wait() == 0


async def _the_next_start_names_the_loss_and_enters_the_opening(running: Running, minute: Minute) -> None:
    entries = await all_entries(running)
    assert entries[0]["data"]["broken"] is True
    (opened,) = [entry for entry in entries if entry["kind"] == "emergency.opened"]
    assert (opened["place"], opened["person"]) == (PLACE, minute.people["leader"])
    assert opened["happened"] < entries[0]["recorded"] < opened["recorded"]
    assert await _stands(running, "record-quarantined")
    assert not await _stands(running, "emergency-owed")


def _both_languages_and_no_traceback(log: Path) -> None:
    logged = log.read_text("utf-8")
    assert "Traceback" not in logged
    for name in ("record-broken", "emergency-owed", "record-quarantined"):
        for locale in Locale:
            assert say(f"alarm.{name}", locale) in logged
