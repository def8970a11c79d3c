"""Where a simulated bus stands: a pty or a port on loopback, as its table says; it knows no protocol."""

from pathlib import Path

from custodyd_drivers.link.where import Where
from custodyd_simulators.hands import Standing
from custodyd_simulators.wires import Dialect, PtyWire, TcpWire


def stand_bus(bus: Dialect, settings: Where, where: Path) -> Standing:
    """An unstarted wire with `bus` on it, which is its hand: a pty linked at `where`, TCP if a host is named."""
    if settings.port is not None:
        port = PtyWire(bus, where)
        return Standing(bus, port, {"port": port.path})
    wire = TcpWire(bus)
    wire.plug()  # the kernel chooses the port now, because the overlay names it before anyone listens
    return Standing(bus, wire, {"host": wire.host, "tcp_port": wire.tcp_port})
