"""What a CMPP gateway's numbers and words mean for the caller; it speaks to nothing."""

from collections.abc import Mapping
from types import MappingProxyType

from custodyd_drivers.errors import Refused

CONNECT: Mapping[int, str] = MappingProxyType(
    {
        1: "packet structure",
        2: "unknown service provider, or not from this address",
        3: "wrong secret",
        4: "version not spoken here",
        5: "other error",
    }
)
_CONNECT_LASTING = frozenset({1, 2, 3, 4})

SUBMIT: Mapping[int, str] = MappingProxyType(
    {
        1: "packet structure",
        2: "command",
        3: "sequence repeated",
        4: "message length",
        5: "fee code",
        6: "message too long",
        7: "service code",
        8: "flow control",
        9: "not responsible for this number",
        10: "source number",
        11: "service provider",
        12: "number that pays",
        13: "recipient number",
    }
)
_SUBMIT_LASTING = frozenset({1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13})
_OWN = range(14, 256)
"""Numbers that gateways add of their own: refused, perhaps not for ever."""

STATES: Mapping[str, int] = MappingProxyType(
    {
        "DELIVRD": 0x00,
        "ACCEPTD": 0x30,
        "UNKNOWN": 0x3F,
        "EXPIRED": 0x46,
        "DELETED": 0x48,
        "UNDELIV": 0x43,
        "REJECTD": 0x42,
    }
)
"""Stat → TP-ST (3GPP TS 23.040 §9.2.3.15): 00 arrived, 20 to 3F no last word yet, 40 and above will not arrive."""
_NETWORKS_OWN = 0x50  # MK:0001, CB:0053 and the like name what failed inside a network


def connect_refused(status: int) -> Refused:
    """The typed form of a CONNECT that was not let in."""
    name = CONNECT.get(status, "see the gateway's manual")
    return Refused(f"CONNECT: status {status}, {name}", status, lasting=status in _CONNECT_LASTING)


def submit_refused(result: int) -> Refused | None:
    """The typed form of a SUBMIT's result; None for a number that no gateway gives: then nothing is known."""
    if result not in SUBMIT and result not in _OWN:
        return None
    name = SUBMIT.get(result, "see the gateway's manual")
    return Refused(f"SUBMIT: result {result}, {name}", result, lasting=result in _SUBMIT_LASTING)


def status(stat: str) -> int:
    """A report's word as TP-ST."""
    return STATES.get(stat, _NETWORKS_OWN)
