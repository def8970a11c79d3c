"""The kit over a twin that is a program of its own: a relay gives it the wires of the kit."""

import subprocess
import sys
from pathlib import Path
from typing import IO, cast

import pytest
from tests.simulators.kit.rows import BENCHES, red, row

from custodyd_drivers.scanner import FAMILY, Settings
from custodyd_simulators.hands import Standing
from custodyd_simulators.kit import Bench
from custodyd_simulators.relay import Port, RelayPty
from custodyd_simulators.wires import Dialect

PROGRAM = """
import sys
from pathlib import Path
from custodyd_drivers.scanner import Settings
from custodyd_simulators.scanner import TWIN
standing = TWIN.stand(Settings(port="replaced", model="gm65", suffix="cr"), Path(sys.argv[1]))
standing.wire.start()
print("ready", flush=True)
for code in sys.stdin:
    standing.hand.scan(code.rstrip("\\n"))
standing.wire.close()
"""


class Ending(RelayPty):
    """A relay that ends the program behind it."""

    program: "subprocess.Popen[str]"

    def close(self) -> None:
        super().close()
        self.program.communicate(timeout=10)


class Hand:
    """Holds codes before the scanner of another process; fulfils `hands.Window`."""

    def __init__(self, codes: IO[str]) -> None:
        self._codes = codes

    def scan(self, text: str) -> None:
        self._codes.write(text + "\n")
        self._codes.flush()


class ForeignTwin:
    """Fulfils `hands.PortTwin`."""

    def stand(self, settings: object, where: Path) -> Standing:
        far = where.with_name("far")
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(far)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        wire = Ending(Port(str(far)), where)
        wire.program = program
        return Standing(Hand(program.stdin), wire, {"port": str(where)})

    def dialect(self, settings: object) -> Dialect:
        raise NotImplementedError  # it has no voice in this process


@pytest.mark.timeout(180)
async def test_a_twin_in_a_process_of_its_own_meets_every_wire() -> None:
    settings = cast("Settings", BENCHES["scanner-gm65"].settings)
    foreign = Bench("foreign", FAMILY, ForeignTwin(), settings)
    cells = await row(foreign, "whole", "bytes", "lossy", "late", "cut", "stale", "mute", "unplug", "echo", "closed")
    assert red(cells) == {}
    assert all(cell.seconds is not None for cell in cells.values())
