"""The twin of a CMPP gateway: centre and handsets apart from how it speaks; it must not know a driver.

standing = TWIN.stand(settings, Path("gateways/duty"))     the path is not needed: the wire is a TCP port
standing.wire.start()                                       now standing.wire.tcp_port is known
standing.hand.text("+8613900139000", "收到")                a person writes to the station
standing.hand.inbox                                         what the simulated handsets have
"""

from pathlib import Path

from custodyd_drivers.cmpp.frames import Version
from custodyd_drivers.cmpp.settings import Settings
from custodyd_drivers.credentials import read
from custodyd_simulators.centre import Centre
from custodyd_simulators.cmpp.dialect import Account, Voice
from custodyd_simulators.hands import Standing
from custodyd_simulators.handsets import Handsets
from custodyd_simulators.wires import Dialect, TcpWire

__all__ = ["TWIN", "CmppTwin", "Voice"]


class Gateway(Handsets):
    """The hand of a CMPP gateway; fulfils `hands.Phone` and `hands.Trusted`."""

    def __init__(self, settings: Settings) -> None:
        version = Version.V3 if settings.version == "3.0" else Version.V2
        self.credentials: Path | None = None
        account = Account(settings.sp_id, lambda: read(settings.credential, self.credentials), settings.source, version)
        self.voice = Voice(account, Centre())
        super().__init__(self.voice.centre)

    def trust(self, credentials: Path | None) -> None:
        """The station's secrets lie here."""
        self.credentials = credentials


class CmppTwin:
    """Fulfils `hands.PortTwin`."""

    def stand(self, settings: object, where: Path) -> Standing:
        """A gateway on a TCP port of loopback."""
        hand = _gateway(settings)
        wire = TcpWire(hand.voice)
        hand.lock = wire.lock
        return Standing(hand=hand, wire=wire, transport={"host": wire.host, "tcp_port": wire.tcp_port})

    def dialect(self, settings: object) -> Dialect:
        """The voice alone."""
        return _gateway(settings).voice


def _gateway(settings: object) -> Gateway:
    if not isinstance(settings, Settings):
        raise TypeError("the cmpp twin takes cmpp settings")
    return Gateway(settings)


TWIN = CmppTwin()
