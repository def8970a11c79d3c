"""A private D-Bus with a stand-in for bluetoothd on it, as processes that can be killed; it must not know bands."""

import contextlib
import os
import select
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from custodyd_simulators.faults import Faults
from custodyd_simulators.wires import Dialect, Wire
from custodyd_simulators.wristband.air import order

READY_S = 20.0
_WHOLE = select.PIPE_BUF
_PATH_MOST = 100  # bytes of a unix socket's path
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"""


class NoBus(Exception):
    """The program dbus-daemon is missing or did not start; the message says what to install."""


class BluezWire(Wire):
    """The receiver's wire. `plug` and `unplug` move the adapter; the two processes can be killed and started."""

    splits = False  # the air carries whole adverts

    def __init__(self, dialect: Dialect, where: Path, faults: Faults | None = None) -> None:
        super().__init__(dialect, faults)
        self._made: Path | None = None
        self._where = where if len(str(where / "bus")) <= _PATH_MOST else self._elsewhere()
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None

    def _elsewhere(self) -> Path:
        self._made = Path(tempfile.mkdtemp(prefix="bus"))
        return self._made

    @property
    def address(self) -> str:
        """The bus's address, as D-Bus writes it."""
        return f"unix:path={self._where / 'bus'}"

    @property
    def daemon(self) -> int | None:
        """The process id of the stand-in, None while it does not run."""
        return self._daemon.pid if self._daemon is not None else None

    # --- the wire ---

    def plug(self) -> None:
        """Start what does not run yet, and put the adapter in; raises NoBus."""
        with self.lock:
            if self._bus is None:
                self.start_bus()
            if self._daemon is None:
                self.start_bluetoothd()
            self._tell("adapter 1")

    def unplug(self) -> None:
        """Take the adapter out."""
        with self.lock:
            self._tell("adapter 0")
            self._forget_due()

    def close(self) -> None:
        """End both processes."""
        super().close()
        self.kill_bluetoothd()
        self.kill_bus()
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)

    def _receive(self, descriptor: int) -> bytes:
        found = self._daemon
        if found is None or found.stdout is None or descriptor != found.stdout.fileno():
            return b""
        data = os.read(descriptor, 4096)
        if not data:
            self._selector.unregister(descriptor)
        return data

    def _send(self, data: bytes) -> None:
        line = order(data)
        if line is not None:
            self._tell(line)

    def _tell(self, line: str) -> None:
        found = self._daemon
        if found is not None and found.stdin is not None:
            # killed: nobody is told; stopped: what does not fit its pipe is lost, as on the air, and whole below 4 KiB
            with contextlib.suppress(OSError, ValueError):
                os.write(found.stdin.fileno(), line.encode("ascii") + b"\n")

    # --- what a hand can do to it ---

    def power(self, on: bool) -> None:
        """Switch the adapter."""
        with self.lock:
            self._tell(f"power {int(on)}")

    def touch(self, address: str) -> None:
        """Let a property of a device change that is no advert."""
        with self.lock:
            self._tell(f"touch {address}")

    def flood(self, orders: bytes) -> None:
        """Whole lines for the stand-in past dialect, faults and tick, waiting until it has taken them."""
        with self.lock:
            if self._daemon is None or self._daemon.stdin is None:
                return
            pipe, rest = self._daemon.stdin.fileno(), memoryview(orders)
            while rest:
                select.select([], [pipe], [], READY_S)
                rest = rest[os.write(pipe, rest[:_WHOLE]) :]

    def start_bluetoothd(self) -> None:
        """Start the stand-in and wait until it stands on the bus; raises NoBus."""
        with self.lock:
            command = (sys.executable, "-m", "custodyd_simulators.wristband.bluetoothd", self.address)
            # a terminal's Ctrl-C is for who started the simulation; the stand-in ends with its standard input
            self._daemon = subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
            )
            assert self._daemon.stdin is not None
            assert self._daemon.stdout is not None
            os.set_blocking(self._daemon.stdin.fileno(), False)
            if self._daemon.stdout.readline() != b"ready\n":
                raise NoBus("the stand-in for bluetoothd did not start")
            self._selector.register(self._daemon.stdout.fileno(), selectors.EVENT_READ)
        self._wake()

    def kill_bluetoothd(self) -> None:
        """Kill the stand-in, as a crash does."""
        with self.lock:
            found, self._daemon = self._daemon, None
            if found is not None:
                self._end(found)

    def start_bus(self) -> None:
        """Start the bus; raises NoBus."""
        program = shutil.which("dbus-daemon")
        if program is None:
            raise NoBus("the program dbus-daemon is missing: apt-get install dbus")
        self._where.mkdir(parents=True, exist_ok=True)
        socket, config = self._where / "bus", self._where / "bus.conf"
        config.write_text(_CONFIG.format(socket=socket), encoding="utf-8")
        socket.unlink(missing_ok=True)
        end = (setpriv, "--pdeathsig", "TERM") if (setpriv := shutil.which("setpriv")) else ()
        command = (*end, program, f"--config-file={config}", "--nofork", "--nopidfile", "--nosyslog")
        with self.lock:
            self._bus = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - the system's dbus-daemon
        until = time.monotonic() + READY_S
        while not socket.exists():
            if self._bus.poll() is not None or time.monotonic() > until:
                raise NoBus("dbus-daemon did not start")
            time.sleep(0.01)

    def kill_bus(self) -> None:
        """Kill the bus; the stand-in ends with it."""
        with self.lock:
            found, self._bus = self._bus, None
            if found is not None:
                self._end(found)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(process.stdout.fileno())
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was still to be written has nobody to read it
                    pipe.close()
