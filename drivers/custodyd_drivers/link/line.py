"""One descriptor under absolute deadlines: silence before each frame, bounded reads; it knows no frame's meaning.

asyncio would round each gap up to whole milliseconds; here the thread sleeps to 0.2 ms before and then looks at the
clock only, which holds a bus at 115200 baud within 5 % of what the wire allows.
"""

import os
import select
import time
from typing import Protocol

from custodyd_drivers.errors import Garbled, LinkLost

_SPIN_S = 0.0002
_LONG_S = 0.005
_LONGEST_FRAME = 264
_BABBLE_S = 5.0  # a line that is never silent for so long carries no question and answer


def elapsed() -> float:
    """Seconds that never jump and go on during suspend."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Pace(Protocol):
    """How fast a line is: its `address` for people, and seconds."""

    @property
    def address(self) -> str:
        """The port's path, or host and TCP port."""
        ...

    @property
    def timeout_s(self) -> float:
        """How long a unit may stay silent after it was asked."""
        ...

    @property
    def gap_s(self) -> float:
        """Silence between two frames."""
        ...

    @property
    def character_s(self) -> float:
        """What one character takes on the wire."""
        ...


class Line:
    """Bytes to and from one non-blocking `descriptor`; readable `stop` ends every wait in LinkLost."""

    def __init__(self, pace: Pace, descriptor: int, stop: int) -> None:
        self.name = pace.address
        self.descriptor = descriptor
        self.handed_at: float | None = None  # when the first byte of the current request was given to the kernel
        self.seen = 0  # bytes of the current answer
        self._stop = stop
        self._timeout_s = pace.timeout_s
        self._gap_s = pace.gap_s
        self._character_s = pace.character_s
        self._quiet_s = pace.gap_s
        self._free_at = 0.0
        self._deadline = 0.0
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._poll.register(stop, select.POLLIN)

    def begin(self) -> None:
        """A new exchange: nothing was handed over yet."""
        self.handed_at, self.seen = None, 0

    def send(self, data: bytes) -> None:
        """Wait for silence, forget what came meanwhile, hand `data` over; raises LinkLost, Garbled (babbling line)."""
        self._await_silence()
        start = elapsed()
        self._write(data, start)
        spoken = start + len(data) * self._character_s
        self._deadline = spoken + self._timeout_s
        self._free_at = spoken + self._gap_s

    def receive(self) -> bytes:
        """Bytes at hand; b"" when the deadline of the request has passed; raises LinkLost, Garbled (overlong)."""
        if not self._ready(self._deadline):
            return b""
        data = self._read()
        self.seen += len(data)
        if self.seen > 2 * _LONGEST_FRAME:
            raise Garbled(f"{self.name} brings more bytes than a frame has", self.seen)
        return data

    def distrust(self, quiet_s: float) -> None:
        """After a failed exchange: the next request waits until the line was silent for `quiet_s`."""
        self._quiet_s = max(quiet_s, self._gap_s)
        self._free_at = elapsed() + self._quiet_s

    def drain(self) -> bool:
        """Throw away what nobody asked for; whether there was any; raises LinkLost when the far end is gone."""
        return self._ready(0.0) and bool(self._read())

    def _await_silence(self) -> None:
        limit = elapsed() + _BABBLE_S
        while True:
            self._rest()
            if not self.drain():
                break
            if elapsed() > limit:
                raise Garbled(f"{self.name} never falls silent")
        self._quiet_s = self._gap_s

    def _rest(self) -> None:
        while (left := self._free_at - elapsed()) > 0:
            if left > _LONG_S:
                if self._ready(self._free_at - _LONG_S):
                    return  # the caller drains, which begins the silence anew
            elif left > _SPIN_S:
                time.sleep(left - _SPIN_S)

    def _ready(self, until: float) -> bool:
        wait_ms = max(0.0, until - elapsed()) * 1000
        ready = {descriptor for descriptor, _ in self._poll.poll(wait_ms)}
        if self._stop in ready:
            raise LinkLost(f"{self.name} is closed")
        return self.descriptor in ready

    def _read(self) -> bytes:
        try:
            data = os.read(self.descriptor, 4096)
        except BlockingIOError:
            return b""
        except OSError as exc:
            raise LinkLost(f"{self.name} is gone") from exc
        if not data:
            raise LinkLost(f"{self.name} is gone")
        self._free_at = max(self._free_at, elapsed() + self._quiet_s)
        return data

    def _write(self, data: bytes, start: float) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.descriptor, rest) :]
                self.handed_at = start
            except BlockingIOError as exc:
                if elapsed() > start + self._timeout_s:
                    raise LinkLost(f"{self.name} takes no more bytes") from exc
                time.sleep(_SPIN_S)
            except OSError as exc:
                raise LinkLost(f"{self.name} is gone") from exc
