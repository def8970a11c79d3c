"""Ctrl-C at the terminal of a simulated station: everything that it started ends, without a word of complaint."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.station.support import DEVICES, place

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]


def test_a_key_press_that_every_process_of_the_terminal_hears_ends_the_station_in_order(tmp_path: Path) -> None:
    with place() as state:
        command = [sys.executable, "-m", "custodyd_simulators", "--state", str(state), "station", str(DEVICES)]
        with (tmp_path / "said").open("w+") as said:
            running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True)
            assert running.stdout is not None
            lines = iter(running.stdout.readline, "")
            assert any("本站就绪" in line for line in lines)
            os.killpg(running.pid, signal.SIGINT)
            rest = running.communicate(timeout=30)[0]
            said.seek(0)
            assert (running.returncode, said.read()) == (0, "")
        assert "已停止" in rest
