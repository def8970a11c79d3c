"""TCP connections, for the thread of a shared wire and for the event loop; it knows bytes, no device."""

import asyncio
import socket

from custodyd_drivers.errors import LinkLost
from custodyd_drivers.link.descriptor import DescriptorLink

CONNECT_S = 0.8  # a far end on the station's own network; within the second that close may take


def connected(host: str, tcp_port: int) -> socket.socket:
    """A connection that holds nothing back, made within `CONNECT_S`; raises LinkLost."""
    try:
        far = socket.create_connection((host, tcp_port), CONNECT_S)
    except (OSError, UnicodeError) as exc:
        raise LinkLost(f"{host}:{tcp_port} cannot be reached") from exc
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return far


class TcpLink(DescriptorLink):
    """One connection on the event loop; read, write, close. Not made again: a new object for every attempt."""

    def __init__(self, host: str, tcp_port: int) -> None:
        super().__init__(f"{host}:{tcp_port}")
        self._address = (host, tcp_port)
        self._socket: socket.socket | None = None

    async def open(self, timeout: float) -> None:
        """Connect within `timeout` seconds, a name's first address alone; raises LinkLost."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                family, kind, proto, _, address = (await loop.getaddrinfo(*self._address, type=socket.SOCK_STREAM))[0]
                self._socket = socket.socket(family, kind, proto)
                self._socket.setblocking(False)
                await loop.sock_connect(self._socket, address)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (OSError, UnicodeError, TimeoutError) as exc:
            raise LinkLost(f"{self.path} cannot be reached") from exc
        self._attach(self._socket.fileno())

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
