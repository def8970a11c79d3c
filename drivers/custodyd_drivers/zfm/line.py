"""One opening of one serial port for EF 01 frames, blocking but always bounded; it must not know what a frame means.

Everything here runs on the reader's own thread. `stopping` ends every wait within a slice.
"""

import contextlib
import threading
import time
from collections import deque

import serial

from custodyd_drivers.errors import Garbled, LinkLost, NoReply
from custodyd_drivers.link.serial import FOREIGN, lost
from custodyd_drivers.zfm.frames import Code, Frame, Kind, Parser

_SLICE_S = 0.05  # how soon a wait notices that the driver is closing
_WRITE_S = 0.5  # a frame of 13 bytes takes 14 ms at 9600 Bd: what takes longer is a line that stands still


class Line:
    """Frames out, frames in, under one deadline per exchange. Used once: a new object for every attempt."""

    def __init__(self, port: str, baudrate: int, address: int, timeout_s: float, stopping: threading.Event) -> None:
        self.port = port
        self.baudrate = baudrate
        self.timeout_s = timeout_s
        self._address = address
        self._stopping = stopping
        self._serial: serial.Serial | None = None
        self._parser = Parser(address)
        self._frames: deque[Frame] = deque()
        self._asked_at = 0.0
        self._seen = 0
        self._damaged = 0

    def open(self) -> None:
        """Open exclusively; raises LinkLost."""
        try:
            self._serial = serial.Serial(
                self.port, self.baudrate, timeout=_SLICE_S, write_timeout=_WRITE_S, exclusive=True
            )
        except FOREIGN as exc:
            raise lost(self.port, exc) from exc

    def close(self) -> None:
        """Let go of the descriptor; never raises, safe twice."""
        if self._serial is None:
            return
        # a tty may linger over unsent bytes when it closes
        with contextlib.suppress(*FOREIGN):
            self._serial.reset_output_buffer()
        with contextlib.suppress(*FOREIGN):
            self._serial.close()
        self._serial = None

    def send(self, kind: Kind, payload: bytes) -> None:
        """Write one frame at once and start the exchange's deadline; raises LinkLost."""
        port = self._open_port()
        self._asked_at = time.monotonic()
        self._seen, self._damaged = 0, self._parser.damaged
        try:
            port.write(Frame(kind, payload, self._address).encode())
        except FOREIGN as exc:
            raise lost(self.port, exc) from exc

    def receive(self) -> Frame:
        """The next frame of this exchange; raises NoReply, Garbled, LinkLost."""
        while not self._frames:
            self._read()
            if self._frames:
                break
            if self._parser.damaged > self._damaged:
                raise Garbled("a frame came whose sum or length is wrong", self._seen)
            if time.monotonic() - self._asked_at > self.timeout_s:
                raise self._silence()
        return self._frames.popleft()

    def _silence(self) -> NoReply | Garbled:
        if self._seen:
            return Garbled("bytes came that are no whole frame of this reader", self._seen)
        return NoReply("the reader does not answer", time.monotonic() - self._asked_at)

    def surplus(self) -> bool:
        """Whether a frame, or the beginning of one, came unasked; mere noise is dropped. Raises LinkLost."""
        before = self._parser.damaged
        while self._waiting():
            self._read()
        return bool(self._frames) or self._parser.pending or self._parser.damaged > before

    def drain(self, quiet_s: float, most_s: float) -> None:
        """Throw away what comes until nothing came for `quiet_s`; raises Garbled after `most_s`, LinkLost."""
        begun = silent_since = time.monotonic()
        while time.monotonic() - silent_since < quiet_s:
            if self._read():
                silent_since = time.monotonic()
            if silent_since - begun > most_s:
                raise Garbled("the line does not fall silent", self._seen)
        self._frames.clear()
        self._parser.forget()

    def _open_port(self) -> serial.Serial:
        if self._stopping.is_set() or self._serial is None:
            raise LinkLost(f"{self.port} is closed")
        return self._serial

    def _waiting(self) -> int:
        try:
            return self._open_port().in_waiting
        except FOREIGN as exc:
            raise lost(self.port, exc) from exc

    def _read(self) -> int:
        """Take what is there, waiting one slice for the first byte; how many bytes came."""
        size = self._waiting() or 1
        try:
            data = self._open_port().read(size)
        except FOREIGN as exc:
            raise lost(self.port, exc) from exc
        self._seen += len(data)
        self._frames += (frame for frame in self._parser.feed(data) if not _is_wake(frame))
        return len(data)


def _is_wake(frame: Frame) -> bool:
    """SYNO modules announce a touch unasked (07, 00 03, FF); no module answers a command with FF."""
    return frame.kind is Kind.ACK and frame.payload == bytes([Code.WAKE])
