"""A station is founded, loses its only clerk's finger, and is given another by both paper halves and nothing less."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet
from tests.station.test_faults import again

from custodyd_simulators.minute import Minute
from custodyd_simulators.running import FOUNDERS, Refused, simulation, stop

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
WITNESSES = [word for name, value in FOUNDERS if name == "witness" for word in ("--witness", value)]


def tool(*words: str, typed: str = "") -> str:
    command = [sys.executable, "-m", "custodyd.cli.control", "station", *words]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=30, check=True).stdout


def founded(state: Path) -> Any:
    """What `station init` prints for programs, as root would have it done before the first start."""
    people = [f"--{name}={value}" for name, value in FOUNDERS]
    return json.loads(tool("init", str(state / "credentials"), *people, "--json"))


async def test_a_lost_clerk_is_named_once_more_by_both_halves_only() -> None:
    with place() as state:
        document = founded(state)
        async with simulation(DEVICES, state) as running:
            await running.ready()
            minute = Minute(running, quiet)
            await minute.enrol()
            assert minute.people["clerk"] == document["clerk"]
            await minute.finger("clerk")
            await running.post("/v1/readers/reader-a/remove", slot=0)
            await running.post("/v1/cabinets/dossier-a/leave")
            with pytest.raises(Refused, match="clerk-names-fingers"):
                await running.post("/v1/readers/reader-a/enrol", person=document["clerk"])
            await stop(running.process)

            halves = "\n".join(document["halves"].values())
            more = "recover", str(state / "again"), *WITNESSES, "--clerk", document["clerk"]
            await asyncio.to_thread(tool, *more, typed=f"{halves}\n")
            shutil.move(state / "again" / "founding", state / "record" / "founding")
            running.process = await again(state)
            await running.ready()
            await minute._enrol("clerk", "")
            await minute.finger("clerk")
            await running.post("/v1/cabinets/dossier-a/leave")
            with pytest.raises(Refused, match="clerk-names-fingers"):
                await running.post("/v1/readers/reader-b/enrol", person=document["clerk"])
            told = [entry["data"] for entry in await all_entries(running) if entry["kind"] == "station.founded"]
            assert [entry.get("renewed", False) for entry in told] == [False, True]
