"""What the kit asks of a capability: a fact to report, acts to count, questions to try; it judges no wire."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from custodyd_drivers.contract import Driver
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.host import Host

Verb = Callable[[Driver], Awaitable[object]]


class Exercise(Protocol):
    """One device in one trial. Made by `Exercise(stand)`; raises TypeError when the twin's hand is of another kind."""

    def __init__(self, stand: Stand) -> None: ...

    def came(self, driver: Driver) -> None:
        """What the daemon tells each driver that has started."""
        ...

    async def prepare(self, host: Host) -> None:
        """What must be there before anything can be reported, on a whole wire; raises Broken."""
        ...

    async def seen(self, host: Host, seconds: float) -> bool:
        """Do with the hand what the device must report, again if need be; whether it was reported in time."""
        ...

    async def act(self, driver: Driver) -> None:
        """One act, sent once; raises DeviceError as the driver does."""
        ...

    async def ask(self, driver: Driver) -> None:
        """A question whose true answer the hand knows; raises DeviceError as the driver does, Broken for another one.

        Asked on whole wires only: no driver can tell an old answer that comes in the place of the new one.
        """
        ...

    def wrong(self, *, exact: bool) -> list[str]:
        """What must not be, seen from the twin: an act done twice, an act that was promised and not done."""
        ...

    def false(self, host: Host, *, exact: bool) -> list[str]:
        """What was reported and is not true: a wrong name, a door that did not move.

        `exact`: the wire changed no byte; else a code without a checksum may be read wrongly.
        """
        ...

    def verbs(self) -> Mapping[str, Verb]:
        """Every verb with arguments, for cancelling it; each call is another act."""
        ...
