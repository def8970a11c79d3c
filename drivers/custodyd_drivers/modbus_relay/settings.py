"""The keys of a lock bank on a Modbus relay board, and what they must satisfy together; it speaks to nothing."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from custodyd_drivers.modbus_relay.boards import BOARDS, Board

Contact = Literal["open_when_high", "open_when_low"]
_NAMES: list[Any] = list(BOARDS)

ADVISED_MS = range(300, 701)
"""Electromagnetic latches are driven 300 to 700 ms; longer heats the coil, shorter may not pull it."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A lock bank: which board at which `unit` of which bus, and how its locks are wired.

    `contact` says which input level means an open door; commissioning finds it out by opening one. `doors` is how many
    channels carry a lock (all, when absent). `pulse_mode` is for the DAM0808 only. Raises ValueError.
    """

    bus: Annotated[str, Meta(min_length=1, max_length=64)]
    unit: Annotated[int, Meta(ge=1, le=247)]
    board: Annotated[str, Meta(pattern=f"^({'|'.join(BOARDS)})$", extra_json_schema={"enum": _NAMES})]
    contact: Contact
    pulse_ms: Annotated[int, Meta(ge=100, le=2000)] = 500
    pulse_mode: Literal[2, 4] = 4
    doors: Annotated[int, Meta(ge=1, le=247)] | None = None
    poll_s: Annotated[float, Meta(ge=0.02, le=5.0)] = 0.1

    def __post_init__(self) -> None:
        board = self.profile
        if self.pulse_ms % board.pulse_unit_ms:
            step = board.pulse_unit_ms
            raise ValueError(f"`pulse_ms` counts in steps of {step} on this board: 须为 {step} 的整数倍")
        if self.doors is not None and self.doors > min(board.channels, board.inputs):
            raise ValueError(f"`doors` is more than this board has ({board.channels}): 超过该板的路数")

    @property
    def profile(self) -> Board:
        """The row of the board's kind."""
        return BOARDS[self.board]

    @property
    def locks(self) -> int:
        """How many channels carry a lock."""
        return self.doors or min(self.profile.channels, self.profile.inputs)

    @property
    def advised(self) -> bool:
        """Whether the pulse is as long as latch locks want it."""
        return self.pulse_ms in ADVISED_MS
