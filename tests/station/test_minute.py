"""The scripted minute on real processes, and what an outsider can make of its record."""

import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet

from custodyd.ledger.export import export
from custodyd_simulators.minute import PEOPLE, Minute
from custodyd_simulators.running import FOUNDERS, Refused, Running, simulation, stop

VERIFIER = Path(__file__).parents[2] / "daemon" / "custodyd" / "ledger" / "verify_ledger.py"
pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(180)]


async def test_the_minute_reaches_its_end_and_its_record_convinces_a_stranger() -> None:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready()
            minute = Minute(running, quiet)
            await minute.play()
            await _the_founding_is_over(running, minute)
            await _every_step_left_its_entry(running)
            rows = (await running.post("/v1/record/rebuild"))["items"]
            assert rows
            assert all(row["kept"] == row["rebuilt"] for row in rows)
            await _export(running, state / "out")
            await stop(running.process)
        _a_stranger_agrees_until_a_bit_is_flipped(state / "out")
        _no_name_and_no_number_is_readable(state)


async def _the_founding_is_over(running: Running, minute: Minute) -> None:
    assert not (running.state / "record" / "founding").exists()
    await running.post("/v1/cabinets/dossier-a/leave")
    with pytest.raises(Refused, match="clerk-names-fingers"):
        await running.post("/v1/readers/reader-b/enrol", person=minute.people["clerk"])


async def _every_step_left_its_entry(running: Running) -> None:
    kinds = [entry["kind"] for entry in await all_entries(running)]
    for kind in (
        "daemon.started", "station.founded", "finger.enrolled", "case.accepted", "dossier.deposit.granted",
        "door.unlock.accepted", "door.opened", "dossier.deposited", "dossier.reviewed", "dossier.withdrawn",
        "reminder.step.reached", "message.intended", "message.accepted", "message.delivered", "dossier.returned",
    ):  # fmt: skip
        assert kind in kinds, kind
    assert kinds.index("dossier.deposit.granted") < kinds.index("door.unlock.accepted") < kinds.index("door.opened")


async def _export(running: Running, target: Path) -> None:
    *segments, key = (await running.get("/v1/segments"))["items"]
    stored: list[bytes] = []
    size = int(segments[0]["note"].split("\n")[1])
    while len(stored) < size:
        page = await running.get("/v1/segments/1/raw", start=str(len(stored)))
        stored += [base64.b64decode(item["bytes"]) for item in page["items"]]
    await asyncio.to_thread(export, target, segments[0]["note"], key["vkey"], stored[:size])


def _a_stranger_agrees_until_a_bit_is_flipped(target: Path) -> None:
    vkey = target.with_name(target.name + ".vkey")
    command = [sys.executable, "-I", str(VERIFIER), str(target), str(vkey)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    bundle = next(path for path in (target / "tile" / "entries").rglob("*") if path.is_file())
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    assert subprocess.run(command, capture_output=True).returncode == 1


def _no_name_and_no_number_is_readable(state: Path) -> None:
    kept = (state / "record" / "record.db").read_bytes() + (state / "daemon.log").read_bytes()
    secret = [*(word for _, name, _, phone in PEOPLE for word in (name, phone)), *(word for _, word in FOUNDERS)]
    for word in secret:
        assert word.encode() not in kept
        assert json.dumps(word).encode() not in kept
