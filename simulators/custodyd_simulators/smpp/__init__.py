"""The twin of an SMPP service centre: centre and handsets apart from how it speaks; it must not know a driver."""

from pathlib import Path

from custodyd_drivers.credentials import read
from custodyd_drivers.smpp.messages import Address
from custodyd_drivers.smpp.settings import Settings
from custodyd_simulators.centre import Centre
from custodyd_simulators.hands import Standing
from custodyd_simulators.handsets import Handsets
from custodyd_simulators.smpp.dialect import Account, Voice
from custodyd_simulators.wires import Dialect, TcpWire

__all__ = ["TWIN", "SmppTwin", "Voice"]


class ServiceCentre(Handsets):
    """The hand of a service centre; fulfils `hands.Phone` and `hands.Trusted`."""

    def __init__(self, settings: Settings) -> None:
        self.credentials: Path | None = None
        source = Address(settings.source, settings.source_ton, settings.source_npi)
        account = Account(settings.system_id, lambda: read(settings.credential, self.credentials), source)
        self.voice = Voice(account, Centre())
        super().__init__(self.voice.centre)

    def trust(self, credentials: Path | None) -> None:
        """The station's secrets lie here."""
        self.credentials = credentials


class SmppTwin:
    """Fulfils `hands.PortTwin`."""

    def stand(self, settings: object, where: Path) -> Standing:
        """A service centre on a TCP port of loopback."""
        hand = _centre(settings)
        wire = TcpWire(hand.voice)
        hand.lock = wire.lock
        return Standing(hand=hand, wire=wire, transport={"host": wire.host, "tcp_port": wire.tcp_port})

    def dialect(self, settings: object) -> Dialect:
        """The voice alone."""
        return _centre(settings).voice


def _centre(settings: object) -> ServiceCentre:
    if not isinstance(settings, Settings):
        raise TypeError("the smpp twin takes smpp settings")
    return ServiceCentre(settings)


TWIN = SmppTwin()
