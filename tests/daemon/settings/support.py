"""Small families and a small station, so that a test of the settings depends on no driver's own keys."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from custodyd.settings import Known, Mistake, Mistakes, load
from custodyd_drivers.contract import Bus, Driver, Wire

ROOT = Path(__file__).parents[3]
STATION = ROOT / "devices.toml"


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    port: str | None = None
    host: str | None = None
    tcp_port: Annotated[int, Meta(ge=1, le=65535)] = 502

    def __post_init__(self) -> None:
        if (self.port is None) == (self.host is None):
            raise ValueError("either port or host")


class Board(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    bus: str
    unit: Annotated[int, Meta(ge=1, le=247)]
    doors: Annotated[int, Meta(ge=1, le=32)] = 16


class Serial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    port: str
    baudrate: Annotated[int, Meta(ge=1200, le=115200)] = 9600


class Modem(Serial, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pin: str | None = None


class Kind:
    """See `custodyd_drivers.contract.BusKind`."""

    caption: Mapping[str, str] = MappingProxyType({"zh-CN": "某种总线", "en": "some wire"})

    def __init__(self, name: str, settings: type) -> None:
        self.name = name
        self.settings = settings

    def open(self, settings: object) -> Bus:
        raise NotImplementedError  # settings never open a bus


class Plain:
    """See `custodyd_drivers.contract.Family`."""

    def __init__(self, name: str, capability: str, settings: type, wire: Wire = Wire.PORT) -> None:
        self.name = name
        self.capability = capability
        self.settings = settings
        self.wire = wire
        self.caption: Mapping[str, str] = {"zh-CN": "某种设备", "en": "some device"}

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        raise NotImplementedError  # settings never open a device


class OnAWire(Plain):
    """See `custodyd_drivers.contract.OnBus`."""

    def protocol(self, settings: object) -> str:
        return "rings" if isinstance(settings, Board) and settings.doors == 32 else "modbus"


_FAMILIES = (
    Plain("finger", "FingerprintReader", Serial),
    OnAWire("relay", "LockBank", Board, Wire.BUS),
    Plain("window", "CodeScanner", Serial),
    Plain("modem", "SmsGateway", Modem),
)
KNOWN = Known(
    {family.name: family for family in _FAMILIES},
    {kind.name: kind for kind in (Kind("modbus", Line), Kind("rings", Line))},
)

SMALL = """\
[station]
code = "hedong-01"
bureau = "linjiang.example"
label = "河东派出所办案中心"
unit = "河东派出所"
sms_signature = "河东办案"

[room.files]
label = "卷宗室"

[bus.locks]
label = "锁控总线"
port = "/dev/serial/by-id/locks"

[device.reader]
driver = "finger"
label = "指纹仪"
port = "/dev/serial/by-id/reader"

[device.scanner]
driver = "window"
label = "扫码器"
port = "/dev/serial/by-id/scanner"

[device.board]
driver = "relay"
label = "锁控板"
bus = "locks"
unit = 1

[device.sms]
driver = "modem"
label = "短信猫"
port = "/dev/serial/by-id/modem"

[cabinet.a]
label = "一号柜"
room = "files"
kind = "dossier"
reader = "reader"
scanner = "scanner"

[[cabinet.a.compartments]]
numbers = "1-8"
locks = "board"
doors = "1-8"

[reminders]
gateways = ["sms"]
"""


def written(where: Path, text: str) -> Path:
    file = where / "devices.toml"
    file.write_text(text, "utf-8")
    return file


def mistakes(where: Path, text: str, overlay: str | None = None) -> tuple[Mistake, ...]:
    """What is wrong with `text`; nothing if it loads."""
    over = None
    if overlay is not None:
        over = where / "overlay.toml"
        over.write_text(overlay, "utf-8")
    try:
        load(written(where, text), over, known=KNOWN)
    except Mistakes as exc:
        return exc.list
    return ()


def the_mistake(where: Path, text: str, overlay: str | None = None) -> Mistake:
    """The only mistake, with the promises that every mistake keeps."""
    found = mistakes(where, text, overlay)
    assert len(found) == 1, [one.text["en"] for one in found]
    promised(found[0])
    return found[0]


def promised(one: Mistake) -> None:
    assert one.line >= 1
    assert one.column >= 1
    assert one.text.keys() == {"zh-CN", "en"} == one.expected.keys()
    assert all(text.strip() for text in one.text.values())
    # neither an id without a text nor a place that no fact filled
    assert not any(re.search(r"settings\.[a-z]|\{[a-z_]+\}", text) for text in one.text.values()), one.text


def changed(old: str, new: str) -> str:
    """The small station with one change."""
    assert SMALL.count(old) >= 1
    return SMALL.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1
