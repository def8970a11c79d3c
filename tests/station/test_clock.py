"""A machine whose clock is wrong: told in words, entered where it jumps, and nothing is lost or held up by it."""

import datetime
import time
from pathlib import Path
from typing import Any

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet

from custodyd.texts import Locale, say
from custodyd_simulators.minute import Minute
from custodyd_simulators.running import Running, simulation

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
HOUR_S = 3600


class Wall:
    """The wall clock of the daemon's machine; set whole before the daemon reads it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set_by(0)

    def set_by(self, seconds: int) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self._file)


async def test_a_clock_at_1970_is_told_and_once_set_right_or_back_an_hour_all_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with place() as state:
        wall = Wall(state / "shift")
        wall.set_by(-int(time.time()) + HOUR_S)  # an hour after the epoch, as after a dead battery
        monkeypatch.setenv("SHIFTED_BY", str(state / "shift"))
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).with_name("shifted")))
        async with simulation(DEVICES, state) as running:
            minute = Minute(running, quiet)
            await running.ready()
            assert await _now(running) < datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)
            await minute.until(lambda: _stands(running))
            await minute.enrol()
            wall.set_by(0)
            await minute.until(lambda: _jumps(running, 1))
            await minute.until(lambda: _is_over(running))
            _, code = await minute.open_case()
            await minute.deposit(code)
            wall.set_by(-HOUR_S)
            await minute.until(lambda: _jumps(running, 2))
            await minute.review(code)
            await _nothing_is_lost(running)
        _both_languages_and_no_traceback(state / "daemon.log")


async def _now(running: Running) -> datetime.datetime:
    return datetime.datetime.fromisoformat((await running.get("/v1/status"))["now"])


async def _stands(running: Running) -> bool:
    return "clock-impossible" in [alarm["name"] for alarm in (await running.get("/v1/status"))["alarms"]]


async def _is_over(running: Running) -> bool:
    return not await _stands(running)


async def _jumped(running: Running) -> list[int]:
    return [entry["data"]["by_ms"] for entry in await all_entries(running) if entry["kind"] == "clock.jumped"]


async def _jumps(running: Running, count: int) -> bool:
    return len(await _jumped(running)) == count


async def _nothing_is_lost(running: Running) -> None:
    forward, back = await _jumped(running)
    assert forward > 50 * 365 * 24 * HOUR_S * 1000
    assert back == pytest.approx(-HOUR_S * 1000, abs=1000)
    entries: list[dict[str, Any]] = await all_entries(running)
    assert [entry["id"] for entry in entries] == [f"1/{number}" for number in range(len(entries))]
    kinds = [entry["kind"] for entry in entries]
    assert kinds.index("alarm.raised") < kinds.index("dossier.deposited") < kinds.index("dossier.reviewed")
    assert all(device["state"] == "seen" for device in (await running.get("/v1/status"))["devices"])
    rows = (await running.post("/v1/record/rebuild"))["items"]
    assert all(row["kept"] == row["rebuilt"] for row in rows)


def _both_languages_and_no_traceback(log: Path) -> None:
    logged = log.read_text("utf-8")
    assert "Traceback" not in logged
    for locale in Locale:
        assert say("alarm.clock-impossible", locale) in logged
