"""What systemd hears, on a real datagram socket."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.station.notify import Notifier


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


@pytest.fixture
def notifier(ear: socket.socket) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": ear.getsockname()})


def heard(ear: socket.socket) -> list[str]:
    return ear.recv(4096).decode().split("\n")


def test_ready_comes_with_its_status_in_chinese(notifier: Notifier, ear: socket.socket) -> None:
    assert notifier.ready("本站就绪")
    assert heard(ear) == ["READY=1", "STATUS=本站就绪"]


def test_a_reload_is_stamped_with_the_clock_systemd_compares(notifier: Notifier, ear: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    assert notifier.reloading()
    word, stamp = heard(ear)
    assert word == "RELOADING=1"
    assert stamp.startswith("MONOTONIC_USEC=")
    assert before <= int(stamp.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_stopping_status_and_ping_each_have_their_word(notifier: Notifier, ear: socket.socket) -> None:
    assert notifier.stopping()
    assert notifier.status("磁盘已满")
    assert notifier.ping()
    assert [heard(ear) for _ in range(3)] == [["STOPPING=1"], ["STATUS=磁盘已满"], ["WATCHDOG=1"]]


def test_an_abstract_socket_is_reached() -> None:
    name = f"custodyd-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(b"\0" + name.encode())
        listening.settimeout(5)
        assert Notifier({"NOTIFY_SOCKET": f"@{name}"}).ping()
        assert heard(listening) == ["WATCHDOG=1"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "@"}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_systemd_every_verb_does_nothing(environ: dict[str, str]) -> None:
    notifier = Notifier(environ)
    said = (notifier.ready("就绪"), notifier.reloading(), notifier.stopping(), notifier.status("好"), notifier.ping())
    assert said == (False,) * 5


def test_a_vanished_listener_is_logged_once_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert [notifier.ping(), notifier.ping()] == [False, False]
    assert len(caplog.records) == 1


def test_a_listener_that_does_not_listen_blocks_nobody(notifier: Notifier, ear: socket.socket) -> None:
    words = 0
    while notifier.ping():
        words += 1
        assert words < 100_000, "the queue of a datagram socket is finite"
    assert not notifier.ping()
    assert heard(ear) == ["WATCHDOG=1"]


@given(st.text(min_size=1))
def test_no_status_can_smuggle_in_another_word(text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("")  # the kernel chooses an abstract name
        listening.settimeout(5)
        notifier = Notifier({"NOTIFY_SOCKET": "@" + os.fsdecode(listening.getsockname()[1:])})
        assert notifier.status(text)
        (line,) = heard(listening)
        assert line.startswith("STATUS=")
        assert len(line) <= len("STATUS=") + 200


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdogs_limit_is_ours_or_none(environ: dict[str, str], expected: float | None) -> None:
    assert Notifier(environ).watchdog_s == expected
