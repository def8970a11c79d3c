"""A named pipe in the place of an input device: what the twin says is what the kernel would give; it knows no key."""

import contextlib
import os
from pathlib import Path

from custodyd_simulators.faults import Faults
from custodyd_simulators.wires import Dialect, Wire

_AT_ONCE = 4080  # whole input events, and at most what a pipe takes whole or not at all (PIPE_BUF)


class FifoWire(Wire):
    """A pipe at `path`; the host opens it for reading. Closing our end is the unplugging, as ENODEV is a device's."""

    splits = False  # a kernel hands over whole input events

    def __init__(self, dialect: Dialect, path: Path, faults: Faults | None = None) -> None:
        super().__init__(dialect, faults)
        self.path = str(path)
        self._end: int | None = None

    def plug(self) -> None:
        """Make a new pipe."""
        with self.lock:
            if self._end is not None:
                return
            self._unlink()
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            os.mkfifo(self.path)
            self._end = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self._wake()

    def unplug(self) -> None:
        """Take the path away and close our end; what nobody has read is lost."""
        with self.lock:
            if self._end is None:
                return
            self._unlink()
            with contextlib.suppress(OSError):
                while os.read(self._end, _AT_ONCE):
                    pass
            os.close(self._end)
            self._end = None
            self._forget_due()

    def _unlink(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def _receive(self, descriptor: int) -> bytes:
        return b""

    def _send(self, data: bytes) -> None:
        if self._end is None:
            return
        with contextlib.suppress(OSError):  # a full pipe drops events, as the kernel does
            for start in range(0, len(data), _AT_ONCE):
                os.write(self._end, data[start : start + _AT_ONCE])
