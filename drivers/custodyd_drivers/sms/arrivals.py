"""What a gateway brings: long messages joined, what it brings again told once; it knows no protocol and no clock."""

from collections import OrderedDict

from custodyd_drivers.contract import MessageReceived, Report
from custodyd_drivers.sms.body import Body
from custodyd_drivers.sms.joining import Joiner

_REMEMBERED = 512  # what a gateway may bring again because it missed our answer


class Arrivals:
    """One connection's arrivals; `now` in elapsed seconds."""

    def __init__(self) -> None:
        self._joiner: Joiner[None] = Joiner()
        self._seen: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def again(self, identifier: str, content: bytes) -> bool:
        """Whether the same was brought before."""
        key = (identifier, content)
        known = key in self._seen
        self._seen[key] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return known

    def message(self, sender: str, body: Body, now: float) -> list[Report]:
        """What is whole by this part of a person's message."""
        return [MessageReceived(one.sender, one.text) for one in self._joiner.take(sender, body, None, now)]

    def expired(self, now: float) -> list[Report]:
        """Messages whose missing parts were waited for long enough."""
        return [MessageReceived(one.sender, one.text) for one in self._joiner.expired(now)]
