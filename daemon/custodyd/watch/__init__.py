"""One supervised task per device: opened, proven, listened to, closed, opened again for ever; it decides nothing."""

from custodyd.watch.buses import Buses
from custodyd.watch.device import Target
from custodyd.watch.supervisor import Supervisor
from custodyd.watch.threads import Threads

__all__ = ["Buses", "Supervisor", "Target", "Threads"]
