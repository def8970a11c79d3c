"""A shared wire that speaks Modbus; the order of requests is the owner's, the frames are the client's."""

from custodyd_drivers.link.bus import SharedBus
from custodyd_drivers.link.modbus.client import Client
from custodyd_drivers.link.modbus.requests import Request
from custodyd_drivers.link.modbus.settings import BusSettings


class ModbusBus(SharedBus[Request]):
    """One connection to one wire of Modbus units (1 to 247)."""

    def __init__(self, settings: BusSettings) -> None:
        super().__init__(settings.address, lambda stop: Client(settings, stop))
        self.settings = settings
