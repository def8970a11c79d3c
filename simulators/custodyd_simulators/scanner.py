"""The twin of a code scanner: window and settings apart from how it types and answers; it must not know a driver.

standing = TWIN.stand(Settings(port="..."), Path("scanners/a"))
standing.wire.start()
standing.hand.scan("C1-D-...")
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from custodyd_drivers.scanner.frames import (
    ACK,
    BAUD_WORDS,
    BY_BUTTON,
    BY_COMMAND,
    HOST_HEAD,
    UNCHECKED,
    Command,
    Reply,
    Status,
    Zone,
    fcs,
)
from custodyd_drivers.scanner.keys import pressed
from custodyd_drivers.scanner.settings import Settings
from custodyd_simulators.fifo import FifoWire
from custodyd_simulators.hands import Standing
from custodyd_simulators.wires import PtyWire, Say

__all__ = ["TWIN", "Glass", "Module", "ScannerTwin", "Voice"]

READ_S = 5.0  # zone 0006 as it leaves the factory: how long the module looks for a code after a trigger
FRAME_S = 0.1  # a host frame with a pause longer than this inside is forgotten
_HEAD, _TAIL = 6, 2  # bytes of a host frame before and after its data


@dataclass
class Module:
    """The window and the memory: which code lies before it, what its zones hold, how often it was triggered."""

    by_command: bool = False
    zones: dict[int, int] = field(default_factory=dict[int, int])
    shown: bytes | None = None  # the code before the window, as its letters are encoded
    looking_s: float = 0.0  # how long it will still look after a trigger
    shown_s: float = 0.0  # how long the hand will still hold the code
    triggers: int = 0
    saves: int = 0

    def show(self, code: bytes) -> None:
        """Hold a code before the window for as long as a module looks."""
        self.shown, self.shown_s = code, READ_S

    def press(self) -> None:
        """Begin to look: a trigger by command."""
        self.triggers += 1
        self.looking_s = READ_S

    def read(self) -> bytes | None:
        """The code that is read now, once, if there is one and the module looks."""
        if self.shown is None or (self.by_command and self.looking_s <= 0):
            return None
        code, self.shown = self.shown, None
        self.looking_s = 0.0
        return code

    def pass_time(self, dt: float) -> None:
        """Let `dt` seconds pass: looking ends, hands get tired."""
        self.looking_s = max(0.0, self.looking_s - dt)
        self.shown_s = max(0.0, self.shown_s - dt)
        if self.shown_s == 0:
            self.shown = None


class Voice:
    """How a scanner speaks: codes between prefix and suffix; a gm65 hears orders and answers on the same line."""

    def __init__(self, settings: Settings) -> None:
        self.module = Module()
        baud = BAUD_WORDS[settings.baudrate]
        self.module.zones |= {Zone.BAUD: baud[0], Zone.BAUD + 1: baud[1], Zone.MODE: BY_BUTTON}
        self.prefix = settings.prefix.encode("ascii")
        self.suffix = settings.ending
        self.orders: list[bytes] = []  # every whole frame heard, oldest first
        self._answers = settings.model == "gm65"
        self.is_keyboard = settings.interface == "keyboard"
        self._heard = b""
        self._paused_s = 0.0
        self._say: Say = lambda data: None

    def attach(self, say: Say) -> None:
        """Take the voice."""
        self._say = say

    def tick(self, dt: float) -> None:
        """Let `dt` real seconds pass."""
        self.module.pass_time(dt)
        self._paused_s += dt
        if self._paused_s > FRAME_S:
            self._heard = b""

    def hear(self, data: bytes) -> None:
        """Take bytes from the host."""
        if not self._answers:
            return
        self._paused_s = 0.0
        self._heard += data
        while (frame := self._frame()) is not None:
            self.orders.append(frame)
            self._say(self._obey(frame).encode())
            self.look()

    def look(self) -> None:
        """Type the code before the window if it is read now."""
        code = self.module.read()
        if code is not None:
            self.type(code + self.suffix)

    def type(self, data: bytes) -> None:
        """Say the prefix and these bytes, which bring their own suffix."""
        self._say(self._spelt(self.prefix + data))

    def _spelt(self, data: bytes) -> bytes:
        return pressed(data.decode("utf-8", "replace")) if self.is_keyboard else data

    def _frame(self) -> bytes | None:
        start = self._heard.find(HOST_HEAD)
        self._heard = self._heard[max(start, 0) :]
        if start < 0 or len(self._heard) < _HEAD:
            return None
        size = _HEAD + self._heard[3] + _TAIL
        if len(self._heard) < size:
            return None
        frame, self._heard = self._heard[:size], self._heard[size:]
        return frame

    def _obey(self, frame: bytes) -> Reply:
        body, check = frame[2:-2], frame[-2:]
        if check not in (fcs(body), UNCHECKED):
            return Reply(Status.WRONG_FCS, b"\x00")
        address, data = int.from_bytes(body[2:4], "big"), body[4:]
        acts: dict[int, Callable[[int, bytes], Reply]] = {
            Command.READ: self._read,
            Command.WRITE: self._write,
            Command.SAVE: self._save,
        }
        act = acts.get(body[0])
        return act(address, data) if act is not None and data else Reply(Status.INVALID, b"\x00")

    def _read(self, address: int, data: bytes) -> Reply:
        zones = range(address, address + (data[0] or 256))
        return Reply(Status.OK, bytes(self.module.zones.get(zone, 0) for zone in zones)[:255])

    def _write(self, address: int, data: bytes) -> Reply:
        for zone, value in enumerate(data, address):
            self._set(zone, value)
        return ACK

    def _set(self, zone: int, value: int) -> None:
        if zone == Zone.TRIGGER:
            if value & 1:
                self.module.press()
            return  # the bit clears itself
        self.module.zones[zone] = value
        if zone == Zone.MODE:
            self.module.by_command = value & 0x03 == BY_COMMAND & 0x03

    def _save(self, address: int, data: bytes) -> Reply:
        self.module.saves += 1
        return ACK


class Glass:
    """A hand before the window; fulfils `hands.Window`."""

    def __init__(self, voice: Voice, lock: AbstractContextManager[object] | None = None) -> None:
        self.voice = voice
        self._lock = lock or RLock()

    def scan(self, text: str, encoding: str = "utf-8") -> None:
        """Hold a code before it; with triggers by command it is read at the next trigger, within some seconds."""
        with self._lock:
            self.voice.module.show(text.encode(encoding))
            self.voice.look()

    def burst(self, *texts: str) -> None:
        """Several codes so quickly that the host may read them as one."""
        with self._lock:
            self.voice.type((self.voice.suffix + self.voice.prefix).join(map(str.encode, texts)) + self.voice.suffix)

    def half(self, text: str) -> None:
        """A code whose suffix never comes."""
        with self._lock:
            self.voice.type(text.encode())

    @property
    def triggers(self) -> int:
        """How often the host triggered a scan."""
        with self._lock:
            return self.voice.module.triggers

    @property
    def orders(self) -> tuple[bytes, ...]:
        """Every whole frame that was heard, oldest first."""
        with self._lock:
            return tuple(self.voice.orders)


class ScannerTwin:
    """Fulfils `hands.PortTwin`."""

    def stand(self, settings: object, where: Path) -> Standing:
        """A scanner on a pty linked at `where`; one that types like a keyboard, on a pipe there."""
        spoken = self.dialect(settings)
        wire = FifoWire(spoken, where) if spoken.is_keyboard else PtyWire(spoken, where)
        return Standing(hand=Glass(spoken, wire.lock), wire=wire, transport={"port": str(where)})

    def dialect(self, settings: object) -> Voice:
        """The voice alone; raises TypeError for another family's settings."""
        if not isinstance(settings, Settings):
            raise TypeError("the scanner twin takes scanner settings")
        return Voice(settings)


TWIN = ScannerTwin()
