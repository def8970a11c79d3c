"""What goes wrong in a station, on real processes and real wires: each ends in a sentence, an entry, or both."""

import asyncio
import fcntl
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.station.support import DEVICES, all_entries, place

from custodyd.texts import text
from custodyd_simulators.running import Running, prepare, simulation, start_daemon, stop
from custodyd_simulators.verbs import act

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]


@asynccontextmanager
async def station() -> AsyncGenerator[Running]:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready()
            yield running


async def hand(running: Running, verb: str, *words: str) -> Any:
    return await asyncio.to_thread(act, running.station, verb, list(words))


async def seen(running: Running, device: str, state: str, within: float) -> float:
    began = time.monotonic()
    async with asyncio.timeout(within):
        while True:
            devices = (await running.get("/v1/devices"))["items"]
            if next(found["state"] for found in devices if found["device"] == device) == state:
                return time.monotonic() - began
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("device", ["reader-a", "scanner-b", "sms"])
async def test_an_unplugged_device_is_noticed_within_a_second_and_usable_two_seconds_after_its_return(
    device: str,
) -> None:
    async with station() as running:
        await hand(running, "fault", device, "unplug")
        assert await seen(running, device, "blind", 5) <= 1.0
        await hand(running, "fault", device, "plug")
        assert await seen(running, device, "seen", 10) <= 2.0
        kinds = [entry["kind"] for entry in await all_entries(running) if entry.get("device") == device]
        assert kinds == ["device.identified", "device.blind.began", "device.blind.ended", "device.identified"]


async def test_a_silent_reader_is_blind_within_ten_seconds_while_the_others_go_on() -> None:
    async with station() as running:
        await hand(running, "fault", "reader-a", "mute=1")
        assert await seen(running, "reader-a", "blind", 15) <= 10.0
        states = {device["device"]: device["state"] for device in (await running.get("/v1/devices"))["items"]}
        assert [name for name, state in states.items() if state != "seen"] == ["reader-a"]


async def test_a_door_forced_by_hand_is_an_incident() -> None:
    async with station() as running:
        await hand(running, "door", "dossier-a/3", "open")
        async with asyncio.timeout(5):
            while not (found := (await running.get("/v1/incidents"))["items"]):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        assert found[0]["place"] == "dossier-a/3"
        await hand(running, "door", "dossier-a/3", "shut")


async def test_an_ordered_end_is_the_last_entry_and_the_next_start_knows_it() -> None:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready(devices=False)
            await stop(running.process)
            assert running.process.returncode == 0
            running.process = await again(state)
            await running.ready(devices=False)
            kinds = [entry["kind"] for entry in await all_entries(running)]
            second = kinds.index("daemon.started", kinds.index("daemon.started") + 1)
            assert kinds[second - 1] == "daemon.stopped"
            running.process.kill()
            await running.process.wait()
            running.process = await again(state)
            await running.ready(devices=False)
            starts = [entry["data"] for entry in await all_entries(running) if entry["kind"] == "daemon.started"]
            assert [start["clean"] for start in starts] == [True, True, False]


async def again(state: Path, config: Path = DEVICES) -> asyncio.subprocess.Process:
    return await start_daemon(config, state / "overlay.toml", state, state / "daemon.log")


async def test_a_port_that_another_process_holds_is_named_and_taken_when_it_is_free() -> None:
    async with station() as running:
        await hand(running, "fault", "scanner-a", "unplug")
        await seen(running, "scanner-a", "blind", 5)
        thief = await _thief(running)
        await asyncio.sleep(1.5)
        assert await seen(running, "scanner-a", "blind", 1) < 1
        os.close(thief)
        assert await seen(running, "scanner-a", "seen", 15) <= 11.0


async def _thief(running: Running) -> int:
    """Plug the scanner in and lock its port at once, as an exclusive reader does."""
    wire = running.station.wires["scanner-a"]
    with wire.lock:
        wire.plug()
        return _locked(running)


def _locked(running: Running) -> int:
    descriptor = os.open(running.state / "wires" / "scanner-a", os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


async def test_a_port_in_use_at_the_start_is_recorded_as_in_use() -> None:
    async with station() as running:
        await stop(running.process)
        thief = _locked(running)
        running.process = await again(running.state)
        await running.ready(devices=False)
        assert "in use" in await _why_blind(running, "scanner-a")
        said = await _alarm(running, "scanner-a")
        why = f"{running.state / 'wires' / 'scanner-a'} is in use by another process"
        assert said == text("alarm.device-blind", device="scanner-a", why=why).both()
        os.close(thief)


async def _alarm(running: Running, device: str) -> dict[str, str]:
    """The sentences of the alarm about a device."""
    async with asyncio.timeout(10):
        while True:
            for alarm in (await running.get("/v1/status"))["alarms"]:
                if alarm.get("device") == device:
                    return dict(alarm["texts"])
            await asyncio.sleep(0.05)


async def _why_blind(running: Running, device: str) -> str:
    async with asyncio.timeout(10):
        while True:
            for entry in await all_entries(running):
                if entry["kind"] == "device.blind.began" and entry.get("device") == device:
                    return str(entry["data"]["reason"])
            await asyncio.sleep(0.05)


async def test_a_simulation_that_is_killed_leaves_no_daemon_behind() -> None:
    with place() as state:
        command = (sys.executable, "-m", "custodyd_simulators", "--state", str(state), "station", str(DEVICES))
        simulator = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert simulator.stdout is not None
        async with asyncio.timeout(30):
            assert "就绪" in (await simulator.stdout.readline()).decode()
        async with httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(state / "run" / "api.sock")), base_url="http://custodyd"
        ) as api:
            assert (await api.get("/v1/status")).status_code == 200
            simulator.kill()
            await simulator.wait()
            with pytest.raises(httpx.TransportError):
                await _asked_for_ever(api)


async def _asked_for_ever(api: httpx.AsyncClient) -> None:
    async with asyncio.timeout(15):
        while True:
            await api.get("/v1/status")
            await asyncio.sleep(0.05)


async def refusal(state: Path, *more: str, **environ: str) -> tuple[int, str]:
    """A start that must not succeed: exit status and everything it says."""
    given = {
        **os.environ,
        "STATE_DIRECTORY": str(state / "record"),
        "RUNTIME_DIRECTORY": str(state / "run"),
        "CREDENTIALS_DIRECTORY": str(state / "credentials"),
        **environ,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "custodyd.cli.service", "run", *more,
        env=given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(20):
        said, _ = await process.communicate()
    text = said.decode()
    assert "Traceback" not in text, text
    return process.returncode or 0, text


async def test_a_real_start_refuses_a_simulated_record_in_both_languages() -> None:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready(devices=False)
        code, said = await refusal(state, "--config", str(DEVICES))
        assert code != 0
        assert "模拟" in said
        assert "simulated" in said


async def test_missing_keys_are_told_with_the_next_step() -> None:
    with place() as state:
        prepare(state)
        code, said = await refusal(state, "--config", str(DEVICES), CREDENTIALS_DIRECTORY=str(state / "nowhere"))
        assert code != 0
        assert "custodyctl station init" in said


async def test_every_mistake_of_the_file_is_told_at_once() -> None:
    with place() as state:
        prepare(state)
        file = state / "devices.toml"
        text = (
            DEVICES.read_text("utf-8")
            .replace('driver = "zfm"', 'driver = "zfn"')
            .replace("lapse_s = 10", "lapse_s = 99")
        )
        file.write_text(text, "utf-8")
        code, said = await refusal(state, "--config", str(file))
        assert code == 1
        assert "zfm" in said
        assert "lapse_s" in said
        assert len(said.strip().splitlines()) >= 3


async def test_a_missing_file_is_told_with_its_name() -> None:
    with place() as state:
        code, said = await refusal(state, "--config", str(state / "none.toml"))
        assert code == 1
        assert "none.toml" in said
