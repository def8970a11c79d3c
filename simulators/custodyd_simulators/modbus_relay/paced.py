"""A pty that takes as long for each frame as a real line at its baud rate; for benches, in a process of its own.

The ordinary wires deliver at once and wake in whole milliseconds; here each answer is held to an absolute deadline.
"""

import os
import select
import time
import tty
from dataclasses import dataclass, field

from custodyd_drivers.link.modbus import BusSettings
from custodyd_simulators.modbus_relay.bus import SimulatedBus

_SPIN_S = 0.0002


def _elapsed() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class PacedLine:
    """Serves `bus` on `master` until the host has closed its side; `spoken` holds when each answer was complete."""

    bus: SimulatedBus
    settings: BusSettings
    spoken: list[float] = field(default_factory=list[float])
    _answers: list[bytes] = field(default_factory=list[bytes])

    def open(self) -> tuple[int, str]:
        """A pty: its master's descriptor and the path that the host opens."""
        master, slave = os.openpty()
        tty.setraw(slave)
        self.bus.attach(self._answers.append)
        path = os.ttyname(slave)
        os.close(slave)
        return master, path

    def serve(self, master: int, stop: int) -> None:
        """Answer until `stop` becomes readable; physics stands still."""
        while True:
            ready, _, _ = select.select([master, stop], [], [])
            if stop in ready:
                return
            self._turn(master)

    def _turn(self, master: int) -> None:
        began = _elapsed()
        try:
            request = os.read(master, 4096)
        except OSError:  # EIO: no host has the other side open
            time.sleep(_SPIN_S)
            return
        self.bus.hear(request)
        for answer in self._answers:
            characters = len(request) + len(answer)
            _hold(began + characters * self.settings.character_s + self.settings.gap_s)
            os.write(master, answer)
            self.spoken.append(_elapsed())
        self._answers.clear()


def _hold(deadline: float) -> None:
    while (left := deadline - _elapsed()) > 0:
        if left > _SPIN_S:
            time.sleep(left - _SPIN_S)
