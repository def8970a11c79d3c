"""The keys of a [bus.<id>] table: where the wire is and how fast; it opens nothing."""

from typing import Annotated, Literal

from msgspec import Meta

from custodyd_drivers.link.where import Where

Framer = Literal["socket", "rtu"]
Parity = Literal["N", "E", "O"]

# Above 19200 baud the gap no longer shrinks with the character (Modbus over Serial Line V1.02, 2.5.1.1).
_FIXED_GAP_ABOVE_BAUD = 19_200
_FIXED_GAP_S = 0.00175


class BusSettings(Where, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wire that speaks Modbus. Raises ValueError as `Where` does.

    `framer` is for TCP only: "socket" is Modbus TCP, "rtu" is a serial server that passes RTU frames through.
    `timeout_s` is how long a unit may stay silent after it was asked.
    """

    baudrate: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400] = 9600
    parity: Parity = "N"
    stopbits: Literal[1, 2] = 1
    tcp_port: Annotated[int, Meta(ge=1, le=65535)] = 502
    framer: Framer = "socket"
    timeout_s: Annotated[float, Meta(ge=0.02, le=2.0)] = 0.3

    @property
    def numbered(self) -> bool:
        """Whether every frame carries a transaction number, so that a late answer cannot be taken for another."""
        return self.port is None and self.framer == "socket"

    @property
    def character_s(self) -> float:
        """Seconds that one character takes on the wire; 0 over TCP, where the gateway keeps the time."""
        if self.port is None:
            return 0.0
        return (1 + 8 + (self.parity != "N") + self.stopbits) / self.baudrate

    @property
    def gap_s(self) -> float:
        """Seconds of silence between two frames: 3.5 characters, 1.75 ms above 19200 baud and through a serial server.

        Numbered frames need none.
        """
        if self.numbered:
            return 0.0
        fast = self.port is None or self.baudrate > _FIXED_GAP_ABOVE_BAUD
        return _FIXED_GAP_S if fast else 3.5 * self.character_s
