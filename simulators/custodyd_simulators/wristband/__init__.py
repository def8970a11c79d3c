"""The twin of a wristband receiver: bands in a room, a private bus, a stand-in for bluetoothd; it knows no driver.

standing = TWIN.stand(Settings(), Path("wires/receiver"))
standing.hand.place("band-1", sender(Band(...), built_in()["kbeacon"]))
standing.wire.start()
standing.hand.strap("band-1", "cut")
"""

from pathlib import Path

from custodyd_drivers.wristband.settings import Settings
from custodyd_simulators.hands import Standing
from custodyd_simulators.wristband.air import Air, sender
from custodyd_simulators.wristband.wire import BluezWire, NoBus

__all__ = ["TWIN", "Air", "BluezWire", "NoBus", "ReceiverTwin", "sender"]


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
        air = Air(settings.reference)
        air.furnish({}, {}, None)
        return air


TWIN = ReceiverTwin()
