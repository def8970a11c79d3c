"""What can be attached to a station: the installed device families and the shared wire; it imports no driver."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from custodyd_drivers import catalogue
from custodyd_drivers.contract import Family


@dataclass(frozen=True, slots=True)
class Known:
    """`families` by the word in `driver = "…"`; `bus` is the msgspec struct of a [bus.<id>] table."""

    families: Mapping[str, Family]
    bus: type[msgspec.Struct]


def installed() -> Known:
    """The families of the catalogue, ours and third parties'."""
    from custodyd_drivers.link.modbus import BusSettings  # only here, so that reading a schema costs nothing else

    return Known(catalogue.families(), BusSettings)
