"""A small station that runs in this process on real twins, and that a test may reload with a real SIGHUP."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custodyd.ledger.keys import StationKeys
from custodyd.model.entry import Entry
from custodyd.settings import load
from custodyd.station.places import Places
from custodyd.station.run import Run
from custodyd.station.station import Station
from custodyd_simulators import twins

SMALL = """\
[station]
code = "hedong-01"
bureau = "linjiang.example"
label = "河东派出所办案中心"
unit = "河东派出所"
sms_signature = "河东办案"

[room.files]
label = "卷宗室"

[bus.locks]
label = "锁控总线"
port = "/dev/serial/by-id/locks"
baudrate = 115200

[device.reader-a]
driver = "zfm"
label = "甲柜指纹仪"
port = "/dev/serial/by-id/reader-a"

[device.reader-b]
driver = "zfm"
label = "乙柜指纹仪"
port = "/dev/serial/by-id/reader-b"

[device.scanner-a]
driver = "scanner"
label = "甲柜扫码器"
port = "/dev/serial/by-id/scanner-a"

[device.scanner-b]
driver = "scanner"
label = "乙柜扫码器"
port = "/dev/serial/by-id/scanner-b"

[device.locks-a]
driver = "modbus_relay"
label = "甲柜锁控板"
bus = "locks"
unit = 1
board = "waveshare-8"
contact = "open_when_low"

[device.locks-b]
driver = "modbus_relay"
label = "乙柜锁控板"
bus = "locks"
unit = 2
board = "waveshare-8"
contact = "open_when_low"

[cabinet.a]
label = "甲柜"
room = "files"
kind = "dossier"
reader = "reader-a"
scanner = "scanner-a"

[[cabinet.a.compartments]]
numbers = "1-8"
locks = "locks-a"
doors = "1-8"

[cabinet.b]
label = "乙柜"
room = "files"
kind = "dossier"
reader = "reader-b"
scanner = "scanner-b"

[[cabinet.b.compartments]]
numbers = "1-8"
locks = "locks-b"
doors = "1-8"
"""
DEVICES = ("reader-a", "reader-b", "scanner-a", "scanner-b", "locks-a", "locks-b")


@dataclass
class Living:
    """A running station, its twins, its file, and what systemd hears of it."""

    station: Station
    twins: twins.Station
    config: Path
    ear: socket.socket

    def write(self, *replacements: tuple[str, str]) -> None:
        """Change the file."""
        text = self.config.read_text("utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        self.config.write_text(text, "utf-8")

    async def reload(self) -> str:
        """Send SIGHUP and wait until the reload is over, as systemd does; the status it ended with."""
        os.kill(os.getpid(), signal.SIGHUP)
        lines: list[str] = []
        async with asyncio.timeout(15):
            while "RELOADING=1" not in lines:
                lines = await self.heard()
            while "READY=1" not in lines:
                lines = await self.heard()
        return next(line.removeprefix("STATUS=") for line in lines if line.startswith("STATUS="))

    async def heard(self) -> list[str]:
        return (await asyncio.get_running_loop().sock_recv(self.ear, 4096)).decode().split("\n")

    def drivers(self) -> dict[str, Any]:
        return {name: self.station.supervisor.driver(name) for name in self.station.settings.devices}

    def entries(self) -> list[Entry]:
        return list(self.station.ledger.entries(None, limit=500))

    def kinds(self, device: str) -> list[str]:
        return [entry.kind for entry in self.entries() if entry.device == device]

    async def until(self, holds: Any, within: float = 10) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(within):
            while not holds():  # noqa: ASYNC110 - the twins live on threads of their own
                await asyncio.sleep(0.02)

    async def seen(self) -> None:
        """Wait until every device is seen."""
        await self.until(lambda: all(self.drivers().values()))


@asynccontextmanager
async def opened(text: str = SMALL, *, real: bool = False) -> AsyncGenerator[tuple[Station, twins.Station]]:
    """A station whose parts are built, and its twins on their wires; nothing of it runs yet.

    `real` = it does not know that its devices are twins, as a station in service.
    """
    folder = Path(tempfile.mkdtemp(prefix="lv"))
    config, places = folder / "devices.toml", Places(folder / "state", folder / "run", folder / "credentials")
    config.write_text(text, "utf-8")
    for each in (places.state, places.runtime):
        each.mkdir()
    StationKeys.generate(places.credentials)
    house = twins.build(load(config), folder / "wires")
    house.start()
    overlay = None if real else folder / "overlay.toml"
    if overlay is not None:
        overlay.write_text(twins.overlay(house, folder / "run" / "civil.sock"), "utf-8")
    else:
        config.write_text(text.replace("/dev/serial/by-id", str(folder / "wires")), "utf-8")
    try:
        yield await Station.open(load(config, overlay), places), house
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def living(monkeypatch: Any, text: str = SMALL) -> AsyncGenerator[Living]:
    """The station at work, every device seen."""
    async with opened(text) as (station, house):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as ear:
            name = str(station.places.runtime / "notify")
            ear.bind(name)
            monkeypatch.setenv("NOTIFY_SOCKET", name)
            run = Run(station)
            running = asyncio.create_task(run.until_ended())
            try:
                made = Living(station, house, station.settings.path, ear)
                await made.seen()
                yield made
            finally:
                run.end()
                await running
