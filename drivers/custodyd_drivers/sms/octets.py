"""Bytes read from front to back, as every message protocol has them; it knows no protocol."""

from custodyd_drivers.errors import Garbled


class Octets:
    """Bytes read from front to back; reading past the end raises Garbled."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` octets."""
        part = self._data[self._at : self._at + count]
        if len(part) != count:
            raise Garbled("packet ends early", len(self._data))
        self._at += count
        return part

    def one(self) -> int:
        """The next octet."""
        return self.take(1)[0]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data) - self._at)
