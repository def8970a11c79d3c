"""What a modem's error numbers mean for the caller (3GPP TS 27.005 §3.2.5, TS 27.007 §9.2); it speaks to nothing."""

from collections.abc import Mapping
from types import MappingProxyType

from custodyd_drivers.errors import Refused
from custodyd_drivers.gsm_modem.frames import Final

CMS: Mapping[int, str] = MappingProxyType(
    {
        1: "unassigned number",
        8: "operator determined barring",
        10: "call barred",
        21: "transfer rejected",
        27: "destination out of service",
        28: "unidentified subscriber",
        29: "facility rejected",
        30: "unknown subscriber",
        38: "network out of order",
        41: "temporary failure",
        42: "congestion",
        47: "resources unavailable",
        50: "facility not subscribed",
        69: "facility not implemented",
        192: "service centre busy",
        193: "no service centre subscription",
        194: "service centre failure",
        195: "invalid service centre address",
        196: "destination barred",
        197: "duplicate rejected",
        208: "SIM storage full",
        211: "memory exceeded",
        300: "modem failure",
        301: "service of the modem reserved",
        302: "not allowed",
        303: "not supported",
        304: "invalid PDU parameter",
        305: "invalid text parameter",
        310: "no SIM",
        311: "SIM wants its PIN",
        313: "SIM failure",
        314: "SIM busy",
        315: "SIM wrong",
        316: "SIM wants its PUK",
        320: "memory failure",
        321: "invalid memory index",
        322: "memory full",
        330: "service centre address unknown",
        331: "no network service",
        332: "network time-out",
        340: "no acknowledgement expected",
        500: "unknown error",
        532: "SIM not ready",
    }
)

CMS_LASTING = frozenset({1, 8, 10, 21, 28, 30, 50, 69, 195, 196, 304, 305, 310, 311, 316, 330})
"""Repeating is useless: the message or number is wrong, or a person must see to the SIM (310, 311, 316, 330)."""

CME: Mapping[int, str] = MappingProxyType(
    {
        10: "no SIM",
        11: "SIM wants its PIN",
        12: "SIM wants its PUK",
        13: "SIM failure",
        14: "SIM busy",
        15: "SIM wrong",
        16: "PIN refused",
        515: "modem busy",
    }
)
NO_SIM, PIN_WANTED, PUK_WANTED, SIM_BUSY, PIN_REFUSED, MODEM_BUSY = 10, 11, 12, 14, 16, 515
CME_LASTING = frozenset({10, 11, 12, 15, 16})
BUSY = frozenset({SIM_BUSY, MODEM_BUSY})


def refused(what: str, final: Final) -> Refused:
    """The typed form of a modem's error answer to `what`."""
    names, lasting = (CMS, CMS_LASTING) if final.kind == "S" else (CME, CME_LASTING)
    if final.code is None:
        return Refused(f"{what}: error without a number")
    name = names.get(final.code, "see the modem's manual")
    return Refused(f"{what}: +CM{final.kind} ERROR {final.code}, {name}", final.code, lasting=final.code in lasting)
