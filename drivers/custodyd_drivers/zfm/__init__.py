"""Fingerprint readers that speak EF 01 frames: ZFM, R30x, AS608, R503, SYNO; it knows no person."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Family, Wire
from custodyd_drivers.zfm.settings import Settings

__all__ = ["FAMILY", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.Family`."""

    name = "zfm"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "指纹模块(EF01 协议:ZFM、R30x、AS608、R503、SYNO)",
            "en": "Fingerprint module (EF 01 frames: ZFM, R30x, AS608, R503, SYNO)",
        }
    )
    wire = Wire.PORT
    capability = "FingerprintReader"
    settings: type = Settings

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; raises TypeError for another family's settings or a bus."""
        if not isinstance(settings, Settings) or bus is not None:
            raise TypeError("a zfm reader takes its own settings and no bus")
        # by name, so that neither the daemon's check nor the twin pulls in the library behind the driver
        module = import_module("custodyd_drivers.zfm.driver")
        return cast("Driver", module.Reader(settings))


FAMILY: Family = _Family()
