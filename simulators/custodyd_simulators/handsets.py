"""The hand behind a gateway: what the handsets have, what people write, the centre's knobs; it knows no protocol."""

import itertools
from collections.abc import Sequence
from contextlib import AbstractContextManager
from threading import RLock

from custodyd_drivers.sms.body import Alphabet, split
from custodyd_simulators.centre import Centre, Knobs, Part
from custodyd_simulators.hands import Sms


class Handsets:
    """The other side of a gateway; fulfils `hands.Phone`. `lock` is its wire's."""

    def __init__(self, centre: Centre) -> None:
        self.lock: AbstractContextManager[object] = RLock()
        self._centre = centre
        self._texts = itertools.count(1)

    @property
    def inbox(self) -> Sequence[Sms]:
        """Every message that reached a handset whole, oldest first."""
        with self.lock:
            return tuple(self._centre.inbox)

    @property
    def taken(self) -> Sequence[tuple[int, Part]]:
        """Every part that the centre took, with the number it gave."""
        with self.lock:
            return tuple(self._centre.taken)

    @property
    def arrived(self) -> Sequence[Part]:
        """Every part that reached a handset, oldest first."""
        with self.lock:
            return tuple(self._centre.arrived)

    def text(self, sender: str, text: str) -> None:
        """Write to the station, as a person would."""
        with self.lock:
            self._centre.text(sender, split(text, next(self._texts), Alphabet.UCS2))

    @property
    def knobs(self) -> Knobs:
        """Delays, errors, silences, last words."""
        return self._centre.knobs
