"""What each maker's module must be told to show a light; pure: it must not know a port."""

from collections.abc import Mapping

from custodyd_drivers.contract import Light
from custodyd_drivers.zfm.frames import R503Op, SynoOp, ZfmOp
from custodyd_drivers.zfm.settings import Variant

Order = tuple[int, bytes]
"""Opcode and arguments."""

# control, speed, colour, times; only red, blue and purple exist in every firmware (Grow R503 manual, p. 33)
_R503: Mapping[Light, Order] = {
    Light.OFF: (R503Op.AURA_LED, bytes.fromhex("04 00 00 00")),
    Light.READY: (R503Op.AURA_LED, bytes.fromhex("01 80 02 00")),
    Light.WORKING: (R503Op.AURA_LED, bytes.fromhex("02 40 03 00")),
    Light.GOOD: (R503Op.AURA_LED, bytes.fromhex("03 00 02 00")),
    Light.BAD: (R503Op.AURA_LED, bytes.fromhex("02 20 01 00")),
}

# function, first colour, last colour, cycles; colour bits: 1 blue, 2 green, 4 red (M5 Unit Fingerprint2 protocol)
_SYNO: Mapping[Light, Order] = {
    Light.OFF: (SynoOp.CONTROL_BLN, bytes.fromhex("04 00 00 00")),
    Light.READY: (SynoOp.CONTROL_BLN, bytes.fromhex("01 01 01 00")),
    Light.WORKING: (SynoOp.CONTROL_BLN, bytes.fromhex("02 05 05 00")),
    Light.GOOD: (SynoOp.CONTROL_BLN, bytes.fromhex("03 02 02 00")),
    Light.BAD: (SynoOp.CONTROL_BLN, bytes.fromhex("02 04 04 00")),
}

# one lamp without colours: dark says wait or no, lit says go on
_ZFM: Mapping[Light, Order] = {
    Light.OFF: (ZfmOp.LED_OFF, b""),
    Light.READY: (ZfmOp.LED_ON, b""),
    Light.WORKING: (ZfmOp.LED_OFF, b""),
    Light.GOOD: (ZfmOp.LED_ON, b""),
    Light.BAD: (ZfmOp.LED_OFF, b""),
}

_ORDERS: Mapping[Variant, Mapping[Light, Order]] = {"zfm": _ZFM, "r503": _R503, "syno": _SYNO}


def order(family: Variant, light: Light) -> Order:
    """The command that shows `light`."""
    return _ORDERS[family][light]
