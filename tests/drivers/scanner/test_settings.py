"""What a technician may write about a scanner, and what is refused before anything is opened."""

import msgspec
import pytest

from custodyd_drivers.catalogue import families
from custodyd_drivers.contract import Bus, CodeScanner, Wire
from custodyd_drivers.scanner import FAMILY, Settings


def test_the_catalogue_lists_the_family() -> None:
    assert families()["scanner"] is FAMILY
    assert (FAMILY.wire, FAMILY.capability) == (Wire.PORT, "CodeScanner")
    assert set(FAMILY.caption) == {"zh-CN", "en"}


def test_a_port_is_enough() -> None:
    settings = msgspec.convert({"port": "/dev/serial/by-id/usb-scanner"}, Settings)
    assert (settings.ending, settings.baudrate, settings.model, settings.trigger) == (b"\r", 9600, "plain", "button")
    assert isinstance(FAMILY.open(settings), CodeScanner)


@pytest.mark.parametrize(
    ("suffix", "ending"),
    [("cr", b"\r"), ("lf", b"\n"), ("crlf", b"\r\n"), ("tab", b"\t"), ("none", b""), ("\x03", b"\x03"), ("#", b"#")],
)
def test_a_suffix_is_a_word_or_what_is_sent(suffix: str, ending: bytes) -> None:
    assert msgspec.convert({"port": "p", "suffix": suffix}, Settings).ending == ending


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"port": ""},
        {"port": "p", "colour": "red"},
        {"port": "p", "baudrate": 1234},
        {"port": "p", "suffix": ""},
        {"port": "p", "suffix": "卷"},
        {"port": "p", "suffix": "clrf"},
        {"port": "p", "prefix": "\x00"},
        {"port": "p", "trigger": "host"},
        {"port": "p", "model": "gm65", "prefix": "\x02"},
        {"port": "p", "interface": "hid"},
        {"port": "p", "interface": "keyboard", "model": "gm65"},
        {"port": "p", "interface": "keyboard", "trigger": "host"},
        {"port": "p", "interface": "keyboard", "suffix": "lf"},
        {"port": "p", "interface": "keyboard", "suffix": "crlf"},
        {"port": "p", "max_length": 0},
        {"port": "p", "gap_s": 0.0},
        {"port": "p", "duplicate_s": -1.0},
    ],
)
def test_keys_that_make_no_scanner_are_refused(keys: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(keys, Settings)


@pytest.mark.parametrize("suffix", ["cr", "tab", "none", "#"])
def test_a_keyboard_ends_with_keys_that_it_has(suffix: str) -> None:
    assert msgspec.convert({"port": "p", "interface": "keyboard", "suffix": suffix}, Settings).interface == "keyboard"


def test_another_familys_settings_or_a_bus_are_refused() -> None:
    class Wired:
        async def start(self) -> None: ...
        async def close(self) -> None: ...

    bus: Bus = Wired()
    with pytest.raises(TypeError):
        FAMILY.open(object())
    with pytest.raises(TypeError):
        FAMILY.open(Settings(port="p"), bus)
