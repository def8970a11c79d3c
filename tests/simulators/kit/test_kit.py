"""The kit over every family of ours, each before every wire; and red where a driver is broken on purpose."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from click.testing import CliRunner

from custodyd.settings import load
from custodyd_drivers.catalogue import families
from custodyd_drivers.contract import FingerMatched, Report
from custodyd_drivers.errors import NoReply
from custodyd_drivers.link.serial import SerialLink
from custodyd_drivers.modbus_relay.driver import RelayBank
from custodyd_drivers.scanner.driver import Scanner
from custodyd_drivers.zfm.driver import Reader
from custodyd_simulators.kit import Cell, benches, run
from custodyd_simulators.kit.command import SAMPLE, kit_command

pytestmark = pytest.mark.timeout(180)
BENCHES = {bench.name: bench for bench in benches(load(SAMPLE))}


async def row(name: str, *wires: str) -> dict[str, Cell]:
    return {cell.wire: cell async for cell in run([BENCHES[name]], frozenset(wires))}


def red(cells: dict[str, Cell]) -> dict[str, str]:
    return {wire: cell.broken or "" for wire, cell in cells.items() if not cell.good}


@pytest.mark.parametrize("name", BENCHES)
async def test_a_device_keeps_the_contract_before_every_wire(name: str) -> None:
    cells = await row(name)
    assert red(cells) == {}
    assert sum(cell.seconds is not None for cell in cells.values()) >= 13


def test_every_family_stands_on_the_bench() -> None:
    assert {bench.family.name for bench in BENCHES.values()} == set(families())


# --- sabotage --------------------------------------------------------------------------------------------------------


async def test_a_driver_that_repeats_a_pulse_is_found_where_the_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    once = RelayBank.pulse

    async def twice(self: RelayBank, door: int) -> None:
        try:
            await once(self, door)
        except NoReply:
            await once(self, door)

    monkeypatch.setattr(RelayBank, "pulse", twice)
    cells = red(await row("locks-rtu", "whole", "late", "deaf", "mute"))
    assert set(cells) == {"mute"}
    assert re.search("the coil felt [23] pulses for 2 commands", cells["mute"])


async def test_a_driver_that_believes_a_stale_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Reader.reports
    late: list[FingerMatched] = []  # what the reader said last before its connection ended

    async def stale(self: Reader) -> AsyncIterator[Report]:
        first = True
        async for report in honest(self):
            if isinstance(report, FingerMatched):
                yield late[-1] if first and late else report
                first = False
                late.append(report)
            else:
                yield report

    monkeypatch.setattr(Reader, "reports", stale)
    cells = red(await row("reader", "settings", "stale"))
    assert set(cells) == {"stale"}
    assert "was named while the finger of slot" in cells["stale"]


async def test_a_driver_that_swallows_its_cancellation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deaf(self: Scanner) -> None:
        until = asyncio.get_running_loop().time() + 3
        while (left := until - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue

    monkeypatch.setattr(Scanner, "trigger", deaf)
    cells = red(await row("scanner-gm65", "whole", "cancel"))
    assert set(cells) == {"cancel"}
    assert "had not ended" in cells["cancel"]


async def test_a_driver_that_keeps_its_descriptor_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    close = SerialLink.close

    async def leak(self: SerialLink) -> None:
        await close(self)
        kept.append(os.open("/dev/null", os.O_RDONLY))

    monkeypatch.setattr(SerialLink, "close", leak)
    cells = red(await row("scanner-plain", "whole"))
    for descriptor in kept:
        os.close(descriptor)
    assert set(cells) == {"left"}
    assert "descriptors" in cells["left"]


async def test_a_foreign_exception_at_the_door_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(self: Scanner) -> Any:
        raise OSError("not ours")

    monkeypatch.setattr(Scanner, "start", start)
    cells = red(await row("scanner-plain", "whole"))
    assert "no driver came up" in cells["whole"]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kit() -> Callable[..., Any]:
    runner = CliRunner()
    return lambda *words: runner.invoke(kit_command, words)


def test_the_command_prints_a_table_and_says_yes_by_its_exit(kit: Callable[..., Any]) -> None:
    done = kit("--family", "scanner", "--wire", "whole", "--seed", "7")
    assert done.exit_code == 0
    assert "完好 whole" in done.output
    assert "seed 7" in done.output
    assert "0 未通过 red" in done.output


def test_the_command_says_no_and_why(kit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def trigger(self: Scanner) -> None:
        raise ValueError("not ours")

    monkeypatch.setattr(Scanner, "trigger", trigger)
    done = kit("--family", "scanner", "--wire", "cancel", "--json")
    assert done.exit_code == 1
    cells = [cell for cell in json.loads(done.output) if cell["wire"] == "cancel"]
    assert {"ValueError" in (cell["broken"] or "") for cell in cells} == {True}


def test_the_command_refuses_a_file_with_mistakes(kit: Callable[..., Any], tmp_path: Any) -> None:
    (tmp_path / "bad.toml").write_text("[station]\n")
    assert kit(str(tmp_path / "bad.toml")).exit_code == 2
