"""A station is reconfigured while it works, by the signal that systemd sends, on real processes."""

import asyncio
import signal
from typing import Any

import pytest
from tests.station.support import DEVICES, all_entries, place

from custodyd_simulators.running import Running, simulation
from custodyd_simulators.verbs import act

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]


async def until_entered(running: Running, kind: str, device: str | None = None) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            for entry in reversed(await all_entries(running)):
                if entry["kind"] == kind and (device is None or entry.get("device") == device):
                    return entry
            await asyncio.sleep(0.05)


async def comings(running: Running, device: str) -> list[str]:
    own = [entry["kind"] for entry in await all_entries(running) if entry.get("device") == device]
    return [kind for kind in own if kind.startswith("device.")]


async def alarm(running: Running, name: str) -> None:
    async with asyncio.timeout(20):
        while True:
            if name in [one["name"] for one in (await running.get("/v1/status"))["alarms"]]:
                return
            await asyncio.sleep(0.05)


async def test_one_reader_gets_other_settings_while_a_door_stands_open_and_nobody_else_notices() -> None:
    with place() as state:
        config = state / "devices.toml"
        text = DEVICES.read_text("utf-8")
        config.write_text(text, "utf-8")
        async with simulation(config, state) as running:
            await running.ready()
            await asyncio.to_thread(act, running.station, "door", ["dossier-b/3", "open"])
            await until_entered(running, "door.opened")
            config.write_text(text.replace("unit = 4", "unit = 3"), "utf-8")
            running.process.send_signal(signal.SIGHUP)
            await alarm(running, "settings-mistaken")
            config.write_text(text.replace("baudrate = 57600", "baudrate = 57600\npoll_s = 0.1", 1), "utf-8")
            running.process.send_signal(signal.SIGHUP)
            applied = await until_entered(running, "settings.applied")
            assert [change["table"] for change in applied["data"]["changes"]] == ["device.reader-a"]
            await until_entered(running, "device.blind.ended", "reader-a")
            await running.ready()
            for device in running.station.settings.devices:
                came = ["device.identified"]
                anew = ["device.blind.began", "device.blind.ended", "device.identified"]
                assert await comings(running, device) == (came + anew if device == "reader-a" else came)
            status = await running.get("/v1/status")
            assert next(one["open"] for one in status["cabinets"] if one["cabinet"] == "dossier-b") == ["dossier-b/3"]
            await asyncio.to_thread(act, running.station, "door", ["dossier-b/3", "shut"])
