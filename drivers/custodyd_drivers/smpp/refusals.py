"""What an SMPP service centre's numbers and words mean for the caller (v3.4 §5.1.3); it speaks to nothing."""

from collections.abc import Mapping
from types import MappingProxyType

from custodyd_drivers.errors import Refused

STATUS: Mapping[int, str] = MappingProxyType(
    {
        0x01: "message length",
        0x02: "command length",
        0x03: "command",
        0x04: "not bound for this",
        0x05: "already bound",
        0x06: "priority",
        0x07: "kind of receipt",
        0x08: "system error",
        0x0A: "source address",
        0x0B: "recipient number",
        0x0D: "bind failed",
        0x0E: "wrong password",
        0x0F: "unknown system id",
        0x14: "queue full",
        0x15: "service type",
        0x43: "esm_class",
        0x45: "not taken",
        0x48: "source address type",
        0x49: "source address plan",
        0x50: "recipient number type",
        0x51: "recipient number plan",
        0x53: "system type",
        0x58: "throttled",
        0x61: "delivery time",
        0x62: "validity period",
        0x64: "temporary error of a receiver",
        0x65: "permanent error of a receiver",
        0x66: "rejected by a receiver",
        0xFE: "delivery failure",
        0xFF: "unknown error",
    }
)
_PASSING = frozenset({0x05, 0x08, 0x0D, 0x14, 0x45, 0x58, 0x64, 0xFE, 0xFF})
_OWN = range(0x400, 0x500)
"""Reserved for the makers of service centres: refused, perhaps not for ever."""

DELIVERIES: Mapping[str, int] = MappingProxyType(
    {
        "DELIVRD": 0x00,
        "ENROUTE": 0x30,
        "ACCEPTD": 0x30,
        "UNKNOWN": 0x3F,
        "EXPIRED": 0x46,
        "DELETED": 0x48,
        "UNDELIV": 0x43,
        "REJECTD": 0x42,
    }
)
"""stat → TP-ST (3GPP TS 23.040 §9.2.3.15): 00 arrived, 20 to 3F no last word yet, 40 and above will not arrive."""
_NOT_KNOWN = 0x3F


def refused(what: str, status: int) -> Refused | None:
    """The typed form of a command_status; None for a number that no centre gives: then nothing is known."""
    if status not in STATUS and status not in _OWN:
        return None
    lasting = status in STATUS and status not in _PASSING
    name = STATUS.get(status, "see the centre's manual")
    return Refused(f"{what}: command_status {status:#x}, {name}", status, lasting=lasting)


def delivery(stat: str) -> int:
    """A receipt's word as TP-ST."""
    return DELIVERIES.get(stat, _NOT_KNOWN)
