"""The twin of a wristband receiver: bands in a room, a private bus, a stand-in for bluetoothd; it knows no driver.

standing = TWIN.stand(Settings(), Path("wires/receiver"))
standing.hand.place("band-1", sender(Band(...), built_in()["kbeacon"]))
standing.wire.start()
standing.hand.strap("band-1", "cut")
"""

from pathlib import Path

from custodyd_drivers.wristband.models import Model, built_in
from custodyd_drivers.wristband.settings import Band, Named, Settings
from custodyd_simulators.hands import Standing
from custodyd_simulators.wristband.air import BEACON, Air, Sender
from custodyd_simulators.wristband.wire import BluezWire, NoBus

__all__ = ["TWIN", "Air", "BluezWire", "NoBus", "ReceiverTwin", "sender"]

BEACON_S = 1.0


def sender(named: Named, model: Model, name: str = BEACON, key: bytes = b"") -> Sender:
    """A band, or a beacon, as it stands in devices.toml."""
    interval_s = named.interval_s if isinstance(named, Band) else BEACON_S
    offering = isinstance(named, Band) and named.vitals_s > 0
    return Sender(named.known(name, key), model, interval_s or model.interval_s, offering)


class ReceiverTwin:
    """Fulfils `hands.PortTwin`."""

    def stand(self, settings: object, where: Path) -> Standing:
        """A receiver's room with its reference beacon in it; raises TypeError for another family's settings."""
        air = self.dialect(settings)
        wire = BluezWire(air, where)
        air.lock = wire.lock
        return Standing(hand=air, wire=wire, transport={"dbus_address": wire.address})

    def dialect(self, settings: object) -> Air:
        """The air alone."""
        if not isinstance(settings, Settings):
            raise TypeError("the wristband twin takes a receiver's settings")
        air = Air()
        reference = settings.reference
        if reference is not None and reference.model in built_in():
            air.place(BEACON, sender(reference, built_in()[reference.model]))
        return air


TWIN = ReceiverTwin()
