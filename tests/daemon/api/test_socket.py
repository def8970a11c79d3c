"""The socket itself: whose it is, what stood there before, how it ends."""

import asyncio
import socket
import stat
import time

import httpx
import pytest
from tests.station.support import place

from custodyd.api import make_app, serve
from custodyd.api.serve import bind


def test_a_socket_that_nobody_serves_is_replaced_with_our_mode():
    with place() as folder:
        path = folder / "run" / "api.sock"
        bind(path).close()
        assert path.is_socket(), "a closed socket leaves its name behind"
        listener = bind(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        listener.close()


def test_a_socket_that_somebody_serves_is_left_alone():
    with place() as folder:
        path = folder / "api.sock"
        listener = bind(path)
        with pytest.raises(OSError, match="another daemon"):
            bind(path)
        assert path.is_socket()
        listener.close()


def test_a_file_that_is_no_socket_is_left_alone():
    with place() as folder:
        path = folder / "api.sock"
        path.write_text("somebody's")
        with pytest.raises(OSError, match="in use"):
            bind(path)
        assert path.read_text() == "somebody's"


async def test_an_open_stream_ends_within_two_seconds(api):
    path = api.socket.with_name("second.sock")
    task = asyncio.create_task(serve(make_app(api.services), bind(path)))
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://station", timeout=20) as client,
        client.stream("GET", "/v1/events") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": custodyd"
        began = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert time.monotonic() - began <= 2.0
