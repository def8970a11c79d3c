"""How long what may take, by capability: the promises that the kit holds a driver to, as data; it measures nothing.

The daemon relies on them: its deadlines (`custodyd.watch`) are as long or longer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NOTICED_S = 1.0
"""From the unplugging to the end of the connection."""
USABLE_S = 2.0
"""From the return of what was unplugged to a driver that has started."""
CLOSED_S = 1.0
"""From the call of `close` to the last descriptor and thread."""
CANCELLED_S = 1.0
"""From the cancelling of an await to its end."""
ACT_S = 20.0
"""The longest that any verb may take, on any wire."""
GRACE_S = 0.5
"""A busy machine's own delay beyond a promised bound."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds of one capability.

    `start_s`: a driver has started. `report_s`: from what a hand did to its report, on a wire that works. `silent_s`:
    after so long without a word from the device its connection is over (None: such a device may be silent for days).
    `recover_s`: from the end of a bad wire to the next report.
    """

    start_s: float
    report_s: float
    silent_s: float | None
    recover_s: float


BOUNDS: Mapping[str, Bounds] = MappingProxyType(
    {
        "FingerprintReader": Bounds(start_s=8.0, report_s=3.0, silent_s=7.0, recover_s=8.0),
        "LockBank": Bounds(start_s=8.0, report_s=2.0, silent_s=7.0, recover_s=6.0),
        "CodeScanner": Bounds(start_s=8.0, report_s=2.0, silent_s=None, recover_s=6.0),
        # a modem that wakes up is slower than all others; what it was handed last may keep it busy
        "SmsGateway": Bounds(start_s=15.0, report_s=8.0, silent_s=10.0, recover_s=12.0),
        # a radio that hears nobody still answers its own machine: its silence is a report, ReceiverDeaf
        "WristbandReceiver": Bounds(start_s=8.0, report_s=4.0, silent_s=None, recover_s=8.0),
    }
)
"""Whatever happens, a hung driver is recycled within 10 s and usable 2 s later: no recovery is longer than that."""
