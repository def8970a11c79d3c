"""Two daemons that no longer do their work, under a real systemd, which ends and starts both; `make nspawn` runs it."""

from typing import Any

import pytest
from tests.systemd.test_under_systemd import booted

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(180)]
LIMIT_S = 30.0  # WatchdogSec of the unit, counted from the last ping
SOME_S = 15.0  # to be killed, to rest, to start anew


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = booted("simulated watchdog", tmp_path_factory.mktemp("tree"))["watchdog"]
    print({unit: one["after_s"] for unit, one in found.items()})
    return found


@pytest.mark.parametrize("unit", ["custodyd", "custodyd-sim"])
def test_a_wedged_daemon_is_ended_and_started_again_within_its_limit(found: dict[str, Any], unit: str) -> None:
    assert found[unit]["after_s"] <= LIMIT_S + SOME_S
    assert found[unit]["clean"] == [True, False]
    assert any("Watchdog timeout" in line for line in found[unit]["log"])


def test_a_daemon_whose_disk_hangs_says_why_it_withholds_the_ping(found: dict[str, Any]) -> None:
    withheld = [line for line in found["custodyd-sim"]["log"] if "ping withheld" in line]
    assert withheld
    assert "the writer proved nothing" in withheld[0]
