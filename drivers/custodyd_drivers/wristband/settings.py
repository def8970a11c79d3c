"""What a technician may write about a receiver of wristbands and about a band; it must not know what hears them."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from custodyd_drivers.credentials import PATTERN, NoCredential, read
from custodyd_drivers.wristband.recognise import Known

_ADDRESS = "^[0-9A-F]{2}(:[0-9A-F]{2}){5}$"
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_HEX = "^([0-9a-fA-F]{2})+$"

Address = Annotated[str, Meta(pattern=_ADDRESS, description="Bluetooth 地址 / address, as in AC:23:3F:A1:23:45")]
Half = Annotated[int, Meta(ge=0, le=0xFFFF)]


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What names itself on the air. Raises ValueError when nothing, or only a part, says by what.

    By `address`, by the iBeacon numbers `uuid` + `major` + `minor`, or by the bytes `id` that its model tells where to
    find. An address beside another name must fit as well. Of a `uuid` the last byte is the one at rest: KBeacon bands
    add events to it, so choose one that ends in 0.
    """

    model: Annotated[
        str, Meta(pattern="^[a-z][a-z0-9_-]*$", max_length=32, description="型号 / built-in or [wristband_model.<id>]")
    ]
    address: Address | None = None
    uuid: Annotated[str, Meta(pattern=_UUID, description="iBeacon UUID, 平时的 / at rest")] | None = None
    major: Half | None = None
    minor: Half | None = None
    id: (
        Annotated[str, Meta(pattern=_HEX, max_length=64, description="报文中的编号 / bytes in the advert, hex")] | None
    ) = None

    def __post_init__(self) -> None:
        if (self.major is None) != (self.minor is None) or (self.major is not None and self.uuid is None):
            raise ValueError("`uuid`, `major` and `minor` go together uuid、major、minor 须一起写")
        if self.address is None and self.major is None and self.id is None:
            raise ValueError(
                "one of `address`, `uuid` + `major` + `minor`, `id` is needed 须写地址、UUID 三项或编号之一"
            )

    def known(self, name: str, key: bytes = b"") -> Known:
        """As adverts name it."""
        uuid = bytes.fromhex(self.uuid.replace("-", "")) if self.uuid else b""
        ids = [bytes.fromhex(self.id)] if self.id else []
        if self.major is not None and self.minor is not None:
            ids.append(uuid[:15] + self.major.to_bytes(2, "big") + self.minor.to_bytes(2, "big"))
        address = bytes.fromhex(self.address.replace(":", "")) if self.address else b""
        return Known(name, self.model, address, uuid, tuple(ids), key)


class Band(Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a [wristband.<id>] table, besides its label. Raises ValueError for keys that do not go together."""

    interval_s: (
        Annotated[float, Meta(ge=0.02, le=60.0, description="平时广播间隔秒数 / seconds between adverts at rest")]
        | None
    ) = None
    credential: (
        Annotated[str, Meta(pattern=PATTERN, description="密钥凭据名 / systemd credential that holds its key")] | None
    ) = None
    vitals_s: Annotated[
        float, Meta(ge=0, le=3600, description="每隔多少秒连接读心率、体温, 0 不读 / seconds between two connections")
    ] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.credential is not None and self.address is None:
            raise ValueError("`credential` needs `address`: it is a part of every key 密钥与地址绑定, 须写 address")
        if 0 < self.vitals_s < 10 or (self.vitals_s and self.address is None):
            raise ValueError(
                "`vitals_s` is 0, or at least 10 with an `address` vitals_s 为 0, 或不小于 10 且须写 address"
            )


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a `driver = "wristband"` device: a Bluetooth adapter of this machine, under BlueZ.

    Where its own `address` is given, another adapter is refused. `reference` is a beacon fixed in the room: a receiver
    that does not hear it is deaf.
    """

    adapter: Annotated[
        str, Meta(pattern="^hci[0-9]{1,2}$", description="适配器 / adapter, as `bluetoothctl list` orders them")
    ] = "hci0"
    address: Address | None = None
    reference: Named | None = None
    deaf_s: Annotated[
        float, Meta(ge=2, le=10, description="多少秒听不到基准信标即失聪 / deaf without the beacon for so long")
    ] = 10.0
    silent_s: Annotated[
        float,
        Meta(ge=5, le=120, description="多少秒什么都听不到即重建扫描 / a new scan after so long without any advert"),
    ] = 30.0
    report_s: Annotated[
        float, Meta(ge=0.2, le=2, description="每个手环多少秒报告一次 / seconds between two reports of one band")
    ] = 1.0
    dbus_address: (
        Annotated[str, Meta(pattern="^unix:[!-~]+$", max_length=250, description="D-Bus 地址, 平时不写 / its bus")]
        | None
    ) = None


class NoKey(Exception):
    """The credential of a band is not there, or is none; the message says which and how it must look."""


def key_of(band: Band, credentials: Path | None = None) -> bytes:
    """The key that a band speaks under, empty without one; raises NoKey.

    It lies in `credentials`, else where systemd put them.

    A credential holds 32 hexadecimal digits (BTHome) or `text:` and a password of at most 16 letters (KBeacon).
    """
    if band.credential is None:
        return b""
    try:
        text = read(band.credential, credentials)
        password = text.removeprefix("text:")
        key = password.encode("ascii").ljust(16, b"\0") if password != text else bytes.fromhex(text)
    except (NoCredential, ValueError) as exc:
        raise NoKey(f"credential {band.credential} cannot be read") from exc
    if len(key) != 16:
        raise NoKey(f"credential {band.credential} must hold 32 hexadecimal digits, or text: and up to 16 letters")
    return key
