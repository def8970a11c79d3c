"""The requests of relay boards that standard Modbus has no name for; pure bytes, no wire.

Sources: Waveshare wiki "Modbus RTU Relay", command "flash on"; 聚英 JY-DAM0808D manual, registers 3, 8, 13 …
"""

import struct

from custodyd_drivers.link.modbus import Request, write_registers
from custodyd_drivers.modbus_relay.boards import Board, PulseBy

FLASH_ON = 0x0200
FLASH_OFF = 0x0400
TOGGLE = 0x5500
ALL_COILS = 0x00FF

MODE_FIRST = 3
MODE_STEP = 5


def raw_coil(address: int, value: int) -> Request:
    """FC 05 with any value; the standard knows FF00 and 0000 only."""
    return Request(5, struct.pack(">HH", address, value))


def flash_on(channel: int, units: int) -> Request:
    """Waveshare: close relay `channel` (0-based) for `units` × 100 ms; the board opens it by itself."""
    return raw_coil(FLASH_ON + channel, units)


def mode_pulse(channel: int, units: int, mode: int) -> Request:
    """DAM0808: pulse relay `channel` (0-based) for `units` × 100 ms; `mode` 4 closes it, 2 opens it (most boards)."""
    return write_registers(MODE_FIRST + MODE_STEP * channel, [mode, units])


def pulse(board: Board, channel: int, milliseconds: int, mode: int) -> Request:
    """One unlock pulse on `channel` (0-based) that the board ends by itself."""
    units = milliseconds // board.pulse_unit_ms
    if board.pulse_by is PulseBy.FLASH_COIL:
        return flash_on(channel, units)
    return mode_pulse(channel, units, mode)
