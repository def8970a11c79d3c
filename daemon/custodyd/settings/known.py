"""What can be attached to a station: the installed device families and shared wires; it imports no driver."""

from collections.abc import Mapping
from dataclasses import dataclass

from custodyd_drivers import catalogue
from custodyd_drivers.contract import BusKind, Family, ReceiverFamily


@dataclass(frozen=True, slots=True)
class Known:
    """`families` by the word in `driver = "…"`, `buses` by the word in `protocol = "…"` of a [bus.<id>] table."""

    families: Mapping[str, Family]
    buses: Mapping[str, BusKind]

    @property
    def receiver(self) -> ReceiverFamily | None:
        """The family whose tables say what a wristband is; None where no receiver is installed."""
        return next((one for one in self.families.values() if isinstance(one, ReceiverFamily)), None)


def installed() -> Known:
    """What the catalogue lists, ours and third parties'."""
    return Known(catalogue.families(), catalogue.buses())
