"""Which relay boards exist, as data: a new board is a new row; nothing here speaks.

Sources: Waveshare wiki "Modbus RTU Relay" 8/16/32 (the contacts need the variant with digital inputs, "D"; a board
without them refuses the first read and so the start); 聚英 JY-DAM0808D manual. Both count coils from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class PulseBy(StrEnum):
    """How the board's own timer is told to release a lock."""

    FLASH_COIL = "flash_coil"
    """FC 05 at 0x0200 + channel, the value counts units (Waveshare "flash-on")."""

    MODE_REGISTERS = "mode_registers"
    """FC 16 at 3 + 5 × channel: mode, then units (DAM0808)."""


@dataclass(frozen=True, slots=True)
class Board:
    """A kind of board: `channels` relays from coil 0, `inputs` contacts from input 0, each read in one fixed block."""

    name: str
    channels: int
    inputs: int
    pulse_by: PulseBy
    pulse_unit_ms: int
    version_register: int | None = None
    also_answers: int | None = None
    """A unit number that every such board answers besides its own: two of them on one wire would speak at once."""


_ROWS = (
    Board("waveshare-8", 8, 8, PulseBy.FLASH_COIL, 100, version_register=0x8000),
    Board("waveshare-16", 16, 16, PulseBy.FLASH_COIL, 100, version_register=0x8000),
    Board("waveshare-32", 32, 32, PulseBy.FLASH_COIL, 100, version_register=0x8000),
    Board("dam0808", 8, 8, PulseBy.MODE_REGISTERS, 100, also_answers=0xFE),
)

BOARDS: Mapping[str, Board] = MappingProxyType({board.name: board for board in _ROWS})
"""By the word in `board = "..."`."""
