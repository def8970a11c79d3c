"""Lock banks on KERONG boards (CU12, CU16, CU48) on a shared wire; it must not know what a door guards."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Wire
from custodyd_drivers.kerong.frames import CU16, CU48, Dialect
from custodyd_drivers.kerong.settings import BusSettings, Settings

__all__ = ["CU16_BUS", "CU48_BUS", "FAMILY", "BusSettings", "Settings"]


class _BusKind:
    """See `custodyd_drivers.contract.BusKind`; the dialects have one each, because a wire carries only one."""

    settings: type = BusSettings

    def __init__(self, dialect: Dialect, boards: str) -> None:
        self.name = _protocol(dialect)
        self.caption: Mapping[str, str] = MappingProxyType(
            {"zh-CN": f"科容 KERONG {boards} 锁控总线", "en": f"Wire of KERONG {boards} lock boards"}
        )

    def open(self, settings: object) -> Bus:
        """A bus for one connection; imports pyserial only now, does no I/O; raises TypeError for other settings."""
        if not isinstance(settings, BusSettings):
            raise TypeError("a KERONG bus takes the settings of a [bus.<id>] table")
        module = import_module("custodyd_drivers.kerong.wire")
        return cast("Bus", module.KerongBus(settings))


def _protocol(dialect: Dialect) -> str:
    return f"kerong-{dialect.name.lower()}"


class _Family:
    """See `custodyd_drivers.contract.OnBus`."""

    name = "kerong"
    caption: Mapping[str, str] = MappingProxyType(
        {"zh-CN": "科容 KERONG 锁控板(CU12、CU16、CU48)", "en": "KERONG lock board (CU12, CU16, CU48)"}
    )
    wire = Wire.BUS
    capability = "LockBank"
    settings: type = Settings

    def protocol(self, settings: object) -> str:
        """Its dialect's; raises TypeError for another family's settings."""
        if not isinstance(settings, Settings):
            raise TypeError("a kerong bank takes its own settings")
        return _protocol(settings.dialect)

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection over a started KERONG bus; raises TypeError for anything else."""
        if not isinstance(settings, Settings) or bus is None:
            raise TypeError("a kerong bank takes its own settings and a KERONG bus")
        # by name, so that neither the daemon's check nor the twin pulls in the library behind the driver
        module = import_module("custodyd_drivers.kerong.driver")
        return cast("Driver", module.KerongBank(settings, bus))


FAMILY = _Family()
CU16_BUS = _BusKind(CU16, "CU12/CU16")
CU48_BUS = _BusKind(CU48, "CU48")
