"""The station's ports belong to the daemon, whatever else is installed on the box."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.systemd.udev_rules import Device, apply, parse

SYSTEMD = Path(__file__).parents[2] / "systemd"
FIRST = (SYSTEMD / "60-custodyd.rules").read_text()
LAST = (SYSTEMD / "99-custodyd.rules").read_text()
# What the rivals do, reduced to one line each and sorted as their files are.
GPSD = 'SUBSYSTEM=="tty", ATTRS{idVendor}=="10c4", TAG+="systemd", ENV{SYSTEMD_WANTS}="gpsdctl.service"'
BRLTTY = (
    'SUBSYSTEM=="usb", ATTR{idVendor}=="1a86", ENV{BRLTTY_BRAILLE_DRIVER}="bm", ENV{SYSTEMD_WANTS}="brltty.service"'
)
HUB = ("usb", {"idVendor": "1a86", "idProduct": "8091"})


def usb(vendor: str, product: str) -> Device:
    return Device("1-1", [("usb", {"idVendor": vendor, "idProduct": product}), HUB])


def port(vendor: str, product: str, kernel: str = "ttyUSB0") -> Device:
    own = ("usb", {"idVendor": vendor, "idProduct": product})
    return Device(kernel, [("tty", {}), ("usb-serial", {}), ("usb", {}), own, HUB])


def judged(device: Device) -> Device:
    for text in (FIRST, GPSD, BRLTTY, LAST):
        apply(text, device)
    return device


@pytest.mark.parametrize("text", [FIRST, LAST], ids=["60", "99"])
def test_every_rule_is_one_that_udev_can_read(text: str) -> None:
    rules = parse(text)
    labels = {token.value for rule in rules for token in rule if token.key == "LABEL"}
    assert {token.value for rule in rules for token in rule if token.key == "GOTO"} == labels


@pytest.mark.foreign
def test_udevadm_agrees_where_it_can_verify(tmp_path: Path) -> None:
    udevadm = shutil.which("udevadm")
    if udevadm is None or "verify" not in subprocess.run([udevadm, "--help"], capture_output=True, text=True).stdout:
        # systemd 252 has no `udevadm verify` (it came with 254): our own reading above is then the only judge
        return
    rules = [str(SYSTEMD / "60-custodyd.rules"), str(SYSTEMD / "99-custodyd.rules")]
    verdict = subprocess.run([udevadm, "verify", *rules], capture_output=True, text=True)
    assert verdict.returncode == 0, verdict.stderr


@pytest.mark.parametrize(
    ("vendor", "product"),
    [("1a86", "7523"), ("10c4", "ea60"), ("0403", "6001"), ("067b", "2303"), ("2c7c", "0125")],
    ids=["CH340", "CP2102", "FT232", "PL2303", "LTE modem"],
)
def test_an_adapter_is_hidden_from_modemmanager_at_device_and_port(vendor: str, product: str) -> None:
    for device in (usb(vendor, product), port(vendor, product)):
        properties = judged(device).properties
        assert properties["ID_MM_DEVICE_IGNORE"] == "1"
        assert properties["ID_MM_PORT_IGNORE"] == "1"


def test_what_brltty_wanted_with_a_ch340_is_taken_back() -> None:
    properties = judged(usb("1a86", "7523")).properties
    assert properties["BRLTTY_BRAILLE_DRIVER"] == properties["SYSTEMD_WANTS"] == ""


def test_what_gpsd_wanted_with_a_cp210x_is_taken_back() -> None:
    assert judged(port("10c4", "ea60")).properties["SYSTEMD_WANTS"] == ""


def test_a_braille_display_of_another_maker_keeps_its_reader() -> None:
    device = usb("0904", "2000")
    device.properties["SYSTEMD_WANTS"] = "brltty.service"
    assert judged(device).properties == {"SYSTEMD_WANTS": "brltty.service"}


def test_a_keyboard_behind_a_makers_hub_is_left_alone() -> None:
    assert "ID_MM_DEVICE_IGNORE" not in judged(usb("046d", "c31c")).properties


@pytest.mark.parametrize("kernel", ["ttyUSB0", "ttyACM12"])
def test_a_port_belongs_to_the_group_and_to_nobody_else(kernel: str) -> None:
    device = judged(port("1a86", "7523", kernel))
    assert (device.group, device.mode) == ("dialout", "0660")


def test_unplugging_runs_no_rule() -> None:
    device = usb("1a86", "7523")
    device.action = "remove"
    for text in (FIRST, LAST):
        apply(text, device)
    assert device.properties == {}


@pytest.mark.parametrize("bad", ['SUBSYSTEM=="tty" MODE="0660"', 'MODE=="0660"', 'SUBSYSTEM="tty', "ID=1"])
def test_our_reading_refuses_what_udev_would_not_read(bad: str) -> None:
    with pytest.raises(ValueError, match=r"no udev rule|does not take"):
        parse(bad)
