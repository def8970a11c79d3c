"""The socket: bound by us with our mode and group, served by uvicorn, each connection knowing the account behind it."""

import asyncio
import contextlib
import errno
import grp
import os
import socket
import struct
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

GROUP = "custodyd"
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid


class PeerProtocol(H11Protocol):
    """Reads SO_PEERCRED when a connection is made and puts (pid, uid, gid) into the scope of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own narrowing
        """Note who connected."""
        super().connection_made(transport)
        inner: socket.socket = transport.get_extra_info("socket")
        raw = inner.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        app, credentials = self.app, _CREDENTIALS.unpack(raw)

        async def knowing(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "peer": credentials}, receive, send)

        self.app = knowing


def bind(path: Path) -> socket.socket:
    """A listening socket at `path`, 0660 for our group; an old one that nobody serves is replaced. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    with contextlib.suppress(KeyError, PermissionError):
        os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
    listener.listen(64)
    return listener


def _replace(path: Path) -> None:
    """Take a dead socket away; raises OSError where somebody serves it, or where something else stands."""
    if not path.is_socket():
        return  # `bind` refuses whatever else stands there
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(ConnectionRefusedError):
        probe.settimeout(1.0)
        probe.connect(str(path))
        raise OSError(errno.EADDRINUSE, "another daemon serves this socket", str(path))
    path.unlink()


async def serve(app: Starlette, listener: socket.socket) -> None:
    """Serve until cancelled; open streams are ended within a second."""
    config = uvicorn.Config(
        app, http=PeerProtocol, ws="none", lifespan="off", access_log=False, log_config=None,
        timeout_graceful_shutdown=1, server_header=False,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the station ends everything in its own order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave signals alone."""
        yield
