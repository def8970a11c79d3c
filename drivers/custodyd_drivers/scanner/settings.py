"""What a technician may write about a scanner in devices.toml; it must not know what the driver makes of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_SUFFIXES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "none": b""}
_BAUDRATES = Literal[1200, 4800, 9600, 14400, 19200, 38400, 57600, 115200]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a `driver = "scanner"` device. Raises ValueError for keys that do not go together.

    A `plain` scanner only talks: nothing but a scan proves that it lives, and the port's path is all that names it.
    With `interface` keyboard it types what it reads, on a US layout; the station takes its keys for itself.
    """

    port: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            description="serial port, best a /dev/serial/by-id name; for a keyboard /dev/input/by-id/...-event-kbd",
        ),
    ]
    interface: Annotated[
        Literal["serial", "keyboard"],
        Meta(description="serial: serial port or USB-CDC; keyboard: USB keyboard (HID, ASCII codes only)"),
    ] = "serial"
    baudrate: Annotated[_BAUDRATES, Meta(description="line speed; without meaning for USB")] = 9600
    model: Annotated[
        Literal["plain", "gm65"],
        Meta(description="gm65: GM65, GM861, GM812, EM3095, Waveshare module; plain: anything that types codes"),
    ] = "plain"
    trigger: Annotated[
        Literal["host", "button", "presentation"],
        Meta(description="what starts a scan: a command (gm65 only), a finger on the gun, a code before the window"),
    ] = "button"
    prefix: Annotated[str, Meta(max_length=16, pattern="^[\x01-\x7e]*$", description="ASCII before every code")] = ""
    suffix: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=16,
            pattern="^[\x01-\x7e]+$",
            description="after every code: cr (Enter), lf, crlf, tab, none (silence ends a code), or ASCII as sent",
        ),
    ] = "cr"
    max_length: Annotated[int, Meta(ge=1, le=4096, description="longest code in characters")] = 512
    gap_s: Annotated[
        float, Meta(ge=0.05, le=2.0, description="silence that discards a half code, or ends a code without suffix")
    ] = 0.2
    duplicate_s: Annotated[
        float, Meta(ge=0.0, le=60.0, description="the same code seen again within this time is the same scan")
    ] = 2.0
    probe_s: Annotated[
        float, Meta(ge=0.2, le=5.0, description="pause between two proofs of life, each answered in time (gm65)")
    ] = 3.0
    timeout_s: Annotated[float, Meta(ge=0.1, le=3.0, description="how long an answer may take (gm65)")] = 1.0

    def __post_init__(self) -> None:
        if self.trigger == "host" and self.model == "plain":
            raise ValueError("`trigger` host needs model gm65: plain takes no command 普通扫码枪不接受触发指令")
        if self.interface == "keyboard" and self.model == "gm65":
            raise ValueError("`interface` keyboard goes with model plain: keys take no command 键盘口不接受指令")
        if self.interface == "keyboard" and self.suffix in ("lf", "crlf"):
            raise ValueError(
                "`suffix`: a keyboard ends with cr (Enter), tab or none 键盘口后缀须为 cr(回车)、tab 或 none"
            )
        if self.suffix not in _SUFFIXES and self.suffix.isalpha():
            raise ValueError("`suffix` is no known word: cr, lf, crlf, tab, none 后缀须为 cr、lf、crlf、tab 或 none")
        if self.model == "gm65" and "\x02" in self.prefix + self.suffix:
            raise ValueError("`prefix`, `suffix`: 02 begins an answer of the module 02 是模块应答的首字节")

    @property
    def ending(self) -> bytes:
        """The suffix as it stands on the wire; empty when silence ends a code."""
        return _SUFFIXES.get(self.suffix, self.suffix.encode("ascii"))
