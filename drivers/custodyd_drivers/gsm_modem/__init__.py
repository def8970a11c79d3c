"""SMS modems that speak AT commands in PDU mode (3GPP TS 27.005); it knows no person and no reminder."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Wire
from custodyd_drivers.gsm_modem.settings import Settings

__all__ = ["FAMILY", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.Family`."""

    name = "gsm_modem"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "短信猫(AT 指令,PDU 模式:移远、芯讯通、华为、中兴等)",
            "en": "SMS modem (AT commands, PDU mode: Quectel, SIMCom, Huawei, ZTE and others)",
        }
    )
    wire = Wire.PORT
    capability = "SmsGateway"
    settings: type = Settings

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; raises TypeError for another family's settings or a bus."""
        if not isinstance(settings, Settings) or bus is not None:
            raise TypeError("a gsm_modem takes its own settings and no bus")
        # by name, so that neither the daemon's check nor the twin pulls in the driver
        module = import_module("custodyd_drivers.gsm_modem.driver")
        return cast("Driver", module.Modem(settings))


FAMILY = _Family()
