"""TCP connections for the thread of a shared wire, behind a serial device server; it knows bytes, no device."""

import socket

from custodyd_drivers.errors import LinkLost

CONNECT_S = 0.8  # a far end on the station's own network; within the second that close may take


def connected(host: str, tcp_port: int) -> socket.socket:
    """A connection that holds nothing back, made within `CONNECT_S`; raises LinkLost."""
    try:
        far = socket.create_connection((host, tcp_port), CONNECT_S)
    except (OSError, UnicodeError) as exc:
        raise LinkLost(f"{host}:{tcp_port} cannot be reached") from exc
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return far
