"""What a technician may write about an SMPP service centre in devices.toml; it must not know what is made of it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from custodyd_drivers.credentials import PATTERN


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a `driver = "smpp"` device: the account that the operator gave."""

    host: Annotated[str, Meta(min_length=1, max_length=253, description="短信中心地址 / address of the centre")]
    tcp_port: Annotated[int, Meta(ge=1, le=65535, description="端口 / TCP port")] = 2775
    system_id: Annotated[str, Meta(pattern="^[!-~]{1,15}$", description="用户名 / system_id, user name at the centre")]
    credential: Annotated[
        str, Meta(pattern=PATTERN, description="口令的凭据名 / systemd credential that holds the password (8 letters)")
    ] = "sms"
    system_type: Annotated[str, Meta(pattern="^[!-~]{0,12}$", description="系统类型 / system_type, mostly empty")] = ""
    service_type: Annotated[str, Meta(pattern="^[!-~]{0,5}$", description="业务类型 / service_type, mostly empty")] = ""
    source: Annotated[
        str, Meta(pattern="^[0-9A-Za-z]{1,20}$", description="发送号码 / sender that recipients see, number or name")
    ]
    source_ton: Annotated[int, Meta(ge=0, le=6, description="号码类型 / 0 unknown, 1 international, 5 letters")] = 0
    source_npi: Annotated[int, Meta(ge=0, le=18, description="编号方案 / 1 telephone, 0 unknown")] = 1
    window: Annotated[
        int, Meta(ge=1, le=64, description="滑动窗口 / messages handed over whose answer is still awaited")
    ] = 10
    timeout_s: Annotated[float, Meta(ge=0.1, le=60.0, description="longest wait for an answer")] = 10.0
    submit_timeout_s: Annotated[
        float, Meta(ge=0.1, le=300.0, description="longest wait for the centre to take a message")
    ] = 60.0
    poll_s: Annotated[float, Meta(ge=0.05, le=120.0, description="pause between two enquire_link")] = 30.0
