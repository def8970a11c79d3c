"""What the daemon tells systemd (ready, reloading, stopping, alive); it must not know why.

Protocol: sd_notify(3). Not under systemd, every verb does nothing and says so by returning False.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping

_LOG = logging.getLogger(__name__)
# `systemctl status` shows one line; longer text is a mistake of the caller, not worth failing for.
_STATUS_CHARACTERS = 200


class Notifier:
    """Datagrams to the socket in NOTIFY_SOCKET. Never blocks, never raises: an unheard word must not stop a station."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(environ)
        self._heard = True

    def ready(self, status: str = "") -> bool:
        """The station works, or works again after a reload; returns whether systemd heard it."""
        return self._tell("READY=1", *_status(status))

    def reloading(self) -> bool:
        """A reload begins; `ready` ends it. Said under every Type=; `notify-reload` waits for it."""
        # systemd compares this with the moment of its own signal on the same clock; nothing of ours depends on it
        stamp = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self._tell("RELOADING=1", f"MONOTONIC_USEC={stamp}")

    def stopping(self, status: str = "") -> bool:
        """A clean stop begins."""
        return self._tell("STOPPING=1", *_status(status))

    def status(self, text: str) -> bool:
        """One line for `systemctl status`, in Chinese, without personal data."""
        return self._tell(*_status(text))

    def ping(self) -> bool:
        """The watchdog may wait another `watchdog_s` seconds."""
        return self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> bool:
        if self._address is None or not lines:
            return False
        heard = self._send("\n".join(lines).encode(), self._address)
        if heard != self._heard:  # state changes are logged, repetitions are not
            _LOG.log(
                logging.INFO if heard else logging.WARNING, "systemd %s", "hears us" if heard else "does not hear us"
            )
            self._heard = heard
        return heard

    @staticmethod
    def _send(message: bytes, address: str | bytes) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                return sender.sendto(message, address) == len(message)
        except OSError:  # nobody there, queue full, refused by the sandbox: all the same to the caller
            return False


def _address(text: str) -> str | bytes | None:
    """What `sendto` takes: a path, or an abstract name after its @; None without a socket that we speak to."""
    if text.startswith("@") and len(text) > 1:
        return b"\0" + os.fsencode(text[1:])
    return text if text.startswith("/") else None


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """How many seconds systemd waits for a ping, or None where it waits for none of ours (sd_watchdog_enabled(3))."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    limit = environ.get("WATCHDOG_USEC", "")
    return int(limit) / 1_000_000 if limit.isascii() and limit.isdigit() and int(limit) > 0 else None


def _status(text: str) -> tuple[str, ...]:
    """The status line; a line break in it would begin a message of its own."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return (f"STATUS={printable[:_STATUS_CHARACTERS]}",) if printable else ()
