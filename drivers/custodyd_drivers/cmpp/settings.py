"""What a technician may write about a CMPP gateway in devices.toml; it must not know what the driver makes of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from custodyd_drivers.credentials import PATTERN


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a `driver = "cmpp"` device: the account that the operator gave."""

    host: Annotated[str, Meta(min_length=1, max_length=253, description="网关地址 / address of the gateway")]
    tcp_port: Annotated[int, Meta(ge=1, le=65535, description="端口 / TCP port, 7890 or 7900")] = 7890
    version: Annotated[Literal["2.0", "3.0"], Meta(description="协议版本, 由运营商告知 / as the operator says")] = "2.0"
    sp_id: Annotated[
        str, Meta(pattern="^[A-Za-z0-9]{1,6}$", description="企业代码 / service provider id, user name at the gateway")
    ]
    credential: Annotated[
        str, Meta(pattern=PATTERN, description="共享密钥的凭据名 / systemd credential that holds the shared secret")
    ] = "sms"
    source: Annotated[str, Meta(pattern="^[0-9]{1,21}$", description="接入号 / access number that recipients see")]
    service_id: Annotated[
        str, Meta(pattern="^[!-~]{0,10}$", description="业务代码 / service code, empty where none is given")
    ] = ""
    fee_type: Annotated[str, Meta(pattern="^[0-9]{2}$", description="资费类别 / 01 free of charge, 02 per message")] = (
        "01"
    )
    fee_code: Annotated[str, Meta(pattern="^[0-9]{1,6}$", description="资费代码(分) / fee in hundredths")] = "000000"
    window: Annotated[
        int, Meta(ge=1, le=64, description="滑动窗口 / messages handed over whose answer is still awaited")
    ] = 16
    trust: Annotated[
        Literal["secret", "address"],
        Meta(description="如何认定网关 / what proves the gateway: that it knows the secret, or only where it answers"),
    ] = "secret"
    timeout_s: Annotated[float, Meta(ge=0.1, le=60.0, description="longest wait for an answer")] = 10.0
    submit_timeout_s: Annotated[
        float, Meta(ge=0.1, le=300.0, description="longest wait for the gateway to take a message")
    ] = 60.0
    poll_s: Annotated[float, Meta(ge=0.05, le=120.0, description="pause between two active tests")] = 30.0
