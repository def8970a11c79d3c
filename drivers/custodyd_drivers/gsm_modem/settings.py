"""What a technician may write about a modem in devices.toml; it must not know what the driver makes of it."""

from typing import Annotated

import msgspec
from msgspec import Meta

_Number = Annotated[str, Meta(pattern=r"^\+?[0-9]{3,20}$")]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a `driver = "gsm_modem"` device."""

    port: Annotated[
        str, Meta(min_length=1, max_length=255, description="the port that answers AT, best a /dev/serial/by-id name")
    ]
    baudrate: Annotated[int, Meta(ge=1200, le=4_000_000, description="line speed; USB modems ignore it")] = 115200
    pin: Annotated[str, Meta(pattern="^[0-9]{4,8}$")] | None = None
    smsc: _Number | None = None
    imei: Annotated[str, Meta(pattern="^[0-9]{14,17}$")] | None = None
    validity_hours: Annotated[int, Meta(ge=1, le=10584, description="how long the network keeps trying to deliver")] = (
        24
    )
    timeout_s: Annotated[float, Meta(ge=0.1, le=60.0, description="longest wait for an answer")] = 10.0
    submit_timeout_s: Annotated[
        float, Meta(ge=0.1, le=300.0, description="longest wait for the network to take a part (makers say 120)")
    ] = 120.0
    poll_s: Annotated[float, Meta(ge=0.05, le=3600.0, description="pause between two looks at the network")] = 30.0
