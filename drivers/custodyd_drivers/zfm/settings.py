"""What a technician may write about a reader in devices.toml; it must not know what the driver makes of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Variant = Literal["zfm", "r503", "syno"]
_Word = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a `driver = "zfm"` device."""

    port: Annotated[str, Meta(min_length=1, max_length=255, description="serial port, best a /dev/serial/by-path name")]
    baudrate: Annotated[
        int, Meta(ge=9600, le=115200, multiple_of=9600, description="line speed, a multiple of 9600")
    ] = 57600
    address: Annotated[_Word, Meta(description="the module's address; 4294967295 as it leaves the factory")] = (
        0xFFFFFFFF
    )
    password: Annotated[_Word, Meta(description="the module's password; 0 as it leaves the factory")] = 0
    family: Annotated[
        Variant,
        Meta(
            description="whose opcodes the module speaks: zfm (ZFM, R30x, AS608), r503, syno (SYNO, ZW101, Hi-Link, M5)"
        ),
    ] = "zfm"
    capacity: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | None,
        Meta(description="number of slots, for a module that does not tell (R308)"),
    ] = None
    timeout_s: Annotated[
        float, Meta(ge=0.1, le=5.0, description="how long one exchange may take before the reader counts as silent")
    ] = 1.0
    poll_s: Annotated[float, Meta(ge=0.02, le=2.0, description="pause between two looks at the glass")] = 0.2
    token: Annotated[
        Annotated[str, Meta(min_length=1, max_length=31, pattern="^[ -~]+$")] | None,
        Meta(description="identity written into the reader's notepad at commissioning; another one is refused"),
    ] = None
