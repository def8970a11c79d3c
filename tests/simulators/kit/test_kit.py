"""The kit over every family of ours, each before every wire, and its command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.simulators.kit.rows import BENCHES, red, row

from custodyd_drivers.catalogue import families
from custodyd_drivers.scanner.driver import Scanner
from custodyd_simulators.kit.bounds import BOUNDS
from custodyd_simulators.kit.command import kit_command
from custodyd_simulators.kit.exercises import EXERCISES
from custodyd_simulators.kit.trials import NAMES

pytestmark = pytest.mark.timeout(180)
WHOLE_EVENTS = {"scanner-keys": {"bytes", "stranger", "echo"}, "receiver": {"bytes", "stranger", "echo"}}
"""Wires that cannot be made where whole events are carried."""


@pytest.mark.parametrize("name", BENCHES)
async def test_a_device_keeps_the_contract_before_every_wire(name: str) -> None:
    cells = await row(name)
    assert red(cells) == {}
    assert set(cells) == {*NAMES, "left"}
    assert {wire for wire, cell in cells.items() if cell.seconds is None} == WHOLE_EVENTS.get(name, set())


def test_every_family_stands_on_the_bench() -> None:
    assert {bench.family.name for bench in BENCHES.values()} == set(families())


def test_every_capability_has_its_exercise_and_its_bounds() -> None:
    known = {family.capability for family in families().values()}
    assert known <= EXERCISES.keys() == BOUNDS.keys()
    assert all(bounds.recover_s <= 12 for bounds in BOUNDS.values()), "recycled within 10 s, usable 2 s later"


async def test_a_capability_that_the_kit_does_not_know_is_red() -> None:
    class Strange:
        name = capability = "strange"

    bench = BENCHES["reader"]
    strange = type(bench)("strange", Strange(), bench.twin, bench.settings)  # type: ignore[arg-type] # on purpose
    assert "does not know" in red(await row(strange))["capability"]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kit() -> Callable[..., Any]:
    runner = CliRunner()
    return lambda *words: runner.invoke(kit_command, words)


def test_the_command_prints_a_table_and_says_yes_by_its_exit(kit: Callable[..., Any]) -> None:
    done = kit("--family", "scanner", "--wire", "whole", "--seed", "7")
    assert done.exit_code == 0, done.output
    assert "完好 whole" in done.output
    assert "seed 7" in done.output
    assert "1 scanner-plain (scanner)" in done.output
    assert "0 未通过 red" in done.output


def test_the_command_says_no_and_why(kit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def trigger(self: Scanner) -> None:
        raise ValueError("not ours")

    monkeypatch.setattr(Scanner, "trigger", trigger)
    done = kit("--family", "scanner", "--wire", "whole", "--json")
    assert done.exit_code == 1
    cells = [cell for cell in json.loads(done.stdout) if cell["wire"] == "whole"]
    assert {"ValueError" in (cell["broken"] or "") for cell in cells} == {True}
    told = kit("--family", "scanner", "--wire", "whole")
    assert "✗ scanner-plain · 完好 whole: ValueError" in told.output


def test_the_command_refuses_what_it_cannot_try(kit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[station]\n")
    assert kit(str(tmp_path / "bad.toml")).exit_code == 2
    assert kit("--family", "nobody").exit_code == 2
    assert kit("--wire", "nothing").exit_code == 2
