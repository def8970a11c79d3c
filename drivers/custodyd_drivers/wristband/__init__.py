"""Wristbands heard over Bluetooth Low Energy; it must not know who wears one."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Wire
from custodyd_drivers.wristband.models import Model, built_in
from custodyd_drivers.wristband.settings import Band, Settings
from custodyd_drivers.wristband.track import Counters

__all__ = ["FAMILY", "Band", "Model", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.ReceiverFamily`."""

    name = "wristband"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "手环接收器(本机蓝牙适配器, BlueZ; KBeacon、Minew、iBeacon、Eddystone、BTHome 等)",
            "en": "Wristband receiver (a Bluetooth adapter under BlueZ; KBeacon, Minew, iBeacon, BTHome, ...)",
        }
    )
    wire = Wire.DBUS
    capability = "WristbandReceiver"
    settings: type = Settings
    wristband: type = Band
    model: type = Model

    def __init__(self) -> None:
        self._counters = Counters()

    @property
    def models(self) -> frozenset[str]:
        """Names of the models that need no table."""
        return frozenset(built_in())

    def interval_s(self, band: object, models: Mapping[str, object]) -> float:
        """Seconds between two adverts; raises TypeError for another family's settings, KeyError for no such model."""
        if not isinstance(band, Band):
            raise TypeError("a wristband has the settings of a band")
        return band.interval_s or {**built_in(), **cast("Mapping[str, Model]", models)}[band.model].interval_s

    def names(self, band: object) -> Sequence[str]:
        """By what adverts name a band with these settings; raises TypeError for another family's."""
        if not isinstance(band, Band):
            raise TypeError("a wristband has the settings of a band")
        known = band.known("")
        address = [known.address.hex(":").upper()] if known.address else []
        return [*address, *(f"{known.model} {one.hex()}" for one in known.ids)]

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; raises TypeError for another family's settings or a bus."""
        if not isinstance(settings, Settings) or bus is not None:
            raise TypeError("a wristband receiver takes its own settings and no bus")
        # by name, so that neither the daemon's check nor the twin pulls in the library behind the driver
        module = import_module("custodyd_drivers.wristband.driver")
        return cast("Driver", module.Receiver(settings, self._counters))


FAMILY = _Family()
