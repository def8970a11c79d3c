"""The keys of a KERONG lock board and of the wire that it shares, and what they must satisfy; it speaks to nothing."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from custodyd_drivers.kerong.frames import CU16, CU48, TIME_UNIT_MS, Dialect
from custodyd_drivers.link.where import Where

Contact = Literal["open_when_high", "open_when_low"]
_DIALECTS = {"cu12": CU16, "cu16": CU16, "cu48": CU48}
_LOCKS = {"cu12": 12, "cu16": 16, "cu48": 48}
_GAP_S = 0.005  # no sheet names a silence between frames; lock boards at 9600 baud tell frames apart by 5 ms


class BusSettings(Where, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wire of KERONG boards, 8N1, or a serial server in front of it (KERONG's own listens on 5000).

    `timeout_s` is how long a board may stay silent after it was asked. Raises ValueError as `Where` does.
    """

    baudrate: Literal[9600, 19200, 57600, 115200] = 19200
    tcp_port: Annotated[int, Meta(ge=1, le=65535)] = 5000
    timeout_s: Annotated[float, Meta(ge=0.05, le=2.0)] = 0.3

    @property
    def character_s(self) -> float:
        """Seconds that one character takes on the wire; 0 over TCP, where the server keeps the time."""
        return 0.0 if self.port is None else 10 / self.baudrate

    @property
    def gap_s(self) -> float:
        """Seconds of silence between two frames."""
        return _GAP_S


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A lock bank: which board at which address (DIP switch) of which bus.

    `contact` is the hook's bit while a door is open: 0 on most boards; commissioning opens one to see. `doors` is how
    many channels carry a lock (all, when absent). `pulse_ms` is for CU12 and CU16: the board is asked for its pulse and
    set to this one if it differs; without it the board keeps its own. Raises ValueError.
    """

    bus: Annotated[str, Meta(min_length=1, max_length=64)]
    unit: Annotated[int, Meta(ge=0, le=14)]
    board: Literal["cu12", "cu16", "cu48"]
    contact: Contact = "open_when_low"
    pulse_ms: Annotated[int, Meta(ge=100, le=2000)] | None = None
    doors: Annotated[int, Meta(ge=1, le=48)] | None = None
    poll_s: Annotated[float, Meta(ge=0.05, le=5.0)] = 0.2

    def __post_init__(self) -> None:
        if self.unit >= self.dialect.boards:
            most = self.dialect.boards - 1
            raise ValueError(f"`unit` of this board is at most {most}: 该板地址最大为 {most}")
        if self.doors is not None and self.doors > _LOCKS[self.board]:
            raise ValueError(f"`doors` is more than this board has ({_LOCKS[self.board]}): 超过该板的路数")
        if self.pulse_ms is not None and self.dialect is not CU16:
            raise ValueError("`pulse_ms` is for cu12 and cu16: 该板的开锁时长不能由主机设置")
        if self.pulse_ms is not None and self.pulse_ms % TIME_UNIT_MS:
            raise ValueError(f"`pulse_ms` counts in steps of {TIME_UNIT_MS}: 须为 {TIME_UNIT_MS} 的整数倍")

    @property
    def dialect(self) -> Dialect:
        """How this board speaks; one wire carries boards of one dialect."""
        return _DIALECTS[self.board]

    @property
    def locks(self) -> int:
        """How many channels carry a lock."""
        return self.doors or _LOCKS[self.board]
