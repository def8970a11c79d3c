"""A disk that is full or read-only: refused in a sentence, nothing acknowledged lost, whole again when room returns."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet
from tests.station.test_faults import hand, refusal

from custodyd_simulators.minute import CABINET, READER, Minute
from custodyd_simulators.running import Refused, Running, prepare, simulation

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
ROOM = "96m"  # the reserve, as much again beside it, and room for the alarm's mark


@contextmanager
def disk(at: Path) -> Generator[None]:
    """A small disk of its own mounted at `at`."""
    at.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", at], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk to fill it")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


def _freeze(at: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", at], check=True)


async def test_a_full_disk_refuses_in_words_keeps_every_answer_and_recovers_by_itself() -> None:
    with place() as state, disk(state / "record"):
        async with simulation(DEVICES, state) as running:
            await running.ready()
            minute = Minute(running, quiet)
            await minute.enrol()
            _, code = await minute.open_case()
            answered = await _until_refused(running, state / "record" / "filler")
            assert await _storage(running) == "full"
            await _a_finger_is_told_and_no_bolt_moves(running)
            async with asyncio.timeout(3):  # alarms are looked for each second
                while await _alarms(running) != ["storage-full"]:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.05)
            (state / "record" / "filler").unlink()
            await minute.until(_restored(running))
            kept = {entry["id"] for entry in await all_entries(running)}
            assert answered <= kept
            await minute.deposit(code)
            await minute.until(lambda: _alarms_told(running))
            assert await _alarms(running) == []
            kinds = [entry["kind"] for entry in await all_entries(running)]
            assert kinds.index("storage.failed") < kinds.index("storage.restored") < kinds.index("dossier.deposited")


async def _until_refused(running: Running, filler: Path) -> set[str]:
    """Fill the disk, and again once the reserve is given, while registering; returns the entries that were answered."""
    answered: set[str] = set()
    while (refused := await _registered(running, filler, answered)) is None:
        assert len(answered) < 5000
    assert "记录无法写入" in refused
    assert "cannot be written" in refused
    return answered


async def _registered(running: Running, filler: Path, answered: set[str]) -> str | None:
    await asyncio.to_thread(_fill, filler)
    try:
        made = await running.post("/v1/dossiers", case="A2026-0001")
    except Refused as exc:
        return str(exc)
    answered.add(f"{made['segment']}/{made['seq']}")
    return None


def _fill(filler: Path) -> None:
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass


async def _alarms(running: Running) -> list[str]:
    """What stands; how far the installed calendar reaches is no matter of the disk."""
    names = [str(alarm["name"]) for alarm in (await running.get("/v1/status"))["alarms"]]
    return [name for name in names if not name.startswith("calendar-")]


async def _storage(running: Running) -> str:
    return str((await running.get("/v1/status"))["storage"])


async def _a_finger_is_told_and_no_bolt_moves(running: Running) -> None:
    await hand(running, "finger", READER, "officer")
    async with asyncio.timeout(5):
        while "记录无法写入" not in await _screen(running):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    for number in running.station.settings.cabinets[CABINET].compartments:
        assert await hand(running, "pulses", f"{CABINET}/{number}") == 0


async def _alarms_told(running: Running) -> bool:
    """Once, to each of the two who may mend it, by name of nobody."""
    told = [sms for sms in await hand(running, "sms-inbox") if "磁盘已满" in sms["text"]]
    assert len(told) <= len({sms["to"] for sms in told}) <= 2
    return bool(told)


async def _screen(running: Running) -> str:
    return str((await running.get(f"/v1/cabinets/{CABINET}/screen"))["texts"])


def _restored(running: Running) -> Callable[[], object]:
    async def restored() -> bool:
        with contextlib.suppress(Refused):
            await running.post("/v1/dossiers", case="A2026-0001")
        return await _storage(running) == "ok"

    return restored


async def test_a_read_only_state_directory_is_told_in_both_languages() -> None:
    with place() as state:
        prepare(state)
        with disk(state / "record"):
            _freeze(state / "record")
            code, said = await refusal(state, "--config", str(DEVICES))
            assert code == 4
            assert "the disk is read-only" in said
            assert "无法使用目录" in said
            assert os.listdir(state / "record") == []
