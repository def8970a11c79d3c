"""The twin of an SMS modem: network, card and handsets apart from how it speaks AT; it must not know a driver.

standing = TWIN.stand(Settings(port="..."), Path("modems/duty"))
standing.wire.start()
standing.hand.text("+8613900139000", "收到")     a person writes to the station
standing.hand.inbox                              what the simulated handsets have
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import RLock

from custodyd_drivers.gsm_modem.pdu import Submit
from custodyd_drivers.gsm_modem.settings import Settings
from custodyd_simulators.gsm_modem.card import Sim
from custodyd_simulators.gsm_modem.dialect import Voice
from custodyd_simulators.gsm_modem.network import Knobs, Network, Silence
from custodyd_simulators.gsm_modem.state import Modem, Quirks
from custodyd_simulators.hands import Sms, Standing
from custodyd_simulators.wires import Dialect, PtyWire

__all__ = ["TWIN", "GsmModemTwin", "Handsets", "Knobs", "Quirks", "Silence", "Voice", "voice"]


class Handsets:
    """The other side of the modem; fulfils `hands.Phone`, and turns the knobs of network, card and make."""

    def __init__(self, voice: Voice, lock: AbstractContextManager[object] | None = None) -> None:
        self.voice = voice
        self._lock = lock or RLock()
        self._modem = voice.modem

    @property
    def inbox(self) -> Sequence[Sms]:
        """Every message that reached a handset whole, oldest first."""
        with self._lock:
            return tuple(self._modem.network.inbox)

    @property
    def taken(self) -> Sequence[tuple[int, Submit]]:
        """Every part that the network took, with the reference it gave."""
        with self._lock:
            return tuple(self._modem.network.taken)

    @property
    def arrived(self) -> Sequence[Submit]:
        """Every part that reached a handset, oldest first."""
        with self._lock:
            return tuple(self._modem.network.arrived)

    def text(self, sender: str, text: str) -> None:
        """Send a message to the modem, as a person would."""
        with self._lock:
            self._modem.network.text(sender, text)

    @property
    def knobs(self) -> Knobs:
        """The network's knobs: registration, delays, errors, silences, statuses."""
        return self._modem.network.knobs

    @property
    def quirks(self) -> Quirks:
        """How this make differs."""
        return self._modem.quirks

    @property
    def sim(self) -> Sim:
        """The card in the modem."""
        return self._modem.sim

    @property
    def stored(self) -> int:
        """How many messages and reports the modem keeps."""
        with self._lock:
            return sum(len(memory.slots) for memory in self._modem.memories.values())

    def shrink(self, capacity: int) -> None:
        """Make every memory this small."""
        with self._lock:
            for memory in self._modem.memories.values():
                memory.capacity = capacity

    def say(self, text: str) -> None:
        """Make the modem say an unsolicited line, as it would: not while a prompt is open."""
        with self._lock:
            self._modem.announce(text)


def voice(settings: object) -> Voice:
    """The modem that these settings describe, with their PIN and IMEI; raises TypeError for another family's."""
    if not isinstance(settings, Settings):
        raise TypeError("the gsm_modem twin takes gsm_modem settings")
    modem = Modem(Network(), Sim(settings.pin))
    if settings.imei is not None:
        modem.quirks.imei = settings.imei
    return Voice(modem)


class GsmModemTwin:
    """Fulfils `hands.PortTwin`."""

    def stand(self, settings: object, where: Path) -> Standing:
        """A modem on a pty linked at `where`."""
        spoken = voice(settings)
        wire = PtyWire(spoken, where)
        return Standing(hand=Handsets(spoken, wire.lock), wire=wire, transport={"port": str(where)})

    def dialect(self, settings: object) -> Dialect:
        """The voice alone."""
        return voice(settings)


TWIN = GsmModemTwin()
