"""A private system bus: a real dbus-daemon on a socket of its own, ended by the test that started it."""

import shutil
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy></busconfig>
"""


@dataclass(frozen=True)
class PrivateBus:
    """Where it listens, and the process that carries it."""

    address: str
    daemon: subprocess.Popen[str]


@pytest.fixture
def place() -> Generator[Path]:
    """A directory with a short name: a unix socket's path may have 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="bus"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def system_bus(place: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[PrivateBus]:
    """A running private bus, which the daemon takes for the system's."""
    assert shutil.which("dbus-daemon"), "dbus-daemon is missing: apt-get install dbus"
    config, socket = place / "bus.conf", place / "bus"
    config.write_text(CONFIG.format(socket=socket))
    line = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()  # printed when it listens
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield PrivateBus(address, daemon)
        daemon.terminate()
