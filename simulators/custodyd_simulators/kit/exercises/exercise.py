"""What the kit asks of a capability: a fact to report, verbs to try, acts to count; it judges no wire."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from custodyd_drivers.contract import Driver
from custodyd_simulators.kit.host import Host

Verb = Callable[[Driver], Awaitable[object]]


class Exercise(Protocol):
    """One device in one trial. Made by `Exercise(hand)`; raises TypeError when the twin's hand is of another kind."""

    reports_within_s: float
    """Seconds from what the hand did to the report, on a wire that works."""

    def __init__(self, hand: Any) -> None: ...

    async def prepare(self, host: Host) -> None:
        """What must be there before anything can be reported, on a whole wire; raises Broken."""
        ...

    async def seen(self, host: Host, seconds: float) -> bool:
        """Do with the hand what the device must report, again if need be; whether it was reported in time."""
        ...

    async def act(self, driver: Driver) -> None:
        """One act, sent once; raises DeviceError as the driver does, Broken when its answer is wrong."""
        ...

    def wrong(self, host: Host, *, exact: bool) -> list[str]:
        """Reports and acts that must not be: a wrong name, a glued code, an act done twice."""
        ...

    def verbs(self) -> Mapping[str, Verb]:
        """Every verb with arguments, for cancelling it."""
        ...
