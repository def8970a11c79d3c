"""Serial ports for asyncio, the only door to pyserial's port object; it knows bytes and time-outs, no device."""

import contextlib
import os
import termios
from dataclasses import dataclass

import serial

from custodyd_drivers.link.descriptor import DescriptorLink, check_same, lost

__all__ = ["FOREIGN", "Port", "SerialLink", "check_same", "lost", "opened"]


@dataclass(frozen=True, slots=True)
class Port:
    """Where a serial device is: `path` and the line's `baudrate`, `parity` (N, E, O), `stopbits` (1, 2)."""

    path: str
    baudrate: int = 9600
    parity: str = "N"
    stopbits: int = 1


FOREIGN = (serial.SerialException, OSError, termios.error, ValueError, TypeError)
"""What pyserial lets through when a tty dies (termios.error is no OSError; a closed port gives TypeError)."""


def opened(port: Port) -> serial.Serial:
    """The port opened exclusively, without waiting for anything, reading and writing without blocking; raises LinkLost.

    Whoever reads uses its descriptor: pyserial's own reads wait on a clock of their own.
    """
    try:
        found = serial.Serial(
            port.path,
            port.baudrate,
            parity=port.parity,
            stopbits=port.stopbits,
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
    except FOREIGN as exc:
        raise lost(port.path, exc) from exc
    os.set_blocking(found.fileno(), False)
    return found


class SerialLink(DescriptorLink):
    """One opening of one port; read, write, forget, close. Not reopened: a new object for every attempt."""

    def __init__(self, port: Port) -> None:
        super().__init__(port.path)
        self.port = port
        self._serial: serial.Serial | None = None

    async def open(self) -> None:
        """Open exclusively, without waiting for anything; raises LinkLost."""
        self._serial = opened(self.port)
        self._attach(self._serial.fileno())

    def forget(self) -> None:
        """Drop what an abandoned question may still answer."""
        super().forget()
        if self._serial is not None:
            with contextlib.suppress(*FOREIGN):
                self._serial.reset_input_buffer()

    def _let_go(self) -> None:
        if self._serial is not None:
            with contextlib.suppress(*FOREIGN):
                self._serial.close()
            self._serial = None
