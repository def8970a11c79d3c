"""The twin of a fingerprint reader: glass and flash apart from how it speaks EF 01; it must not know a driver.

standing = TWIN.stand(Settings(port="..."), Path("readers/door"))
standing.wire.start()
standing.hand.store(17, "wang-left-index")     as if enrolled earlier
standing.hand.press("wang-left-index"); standing.hand.lift()
"""

from contextlib import AbstractContextManager
from pathlib import Path
from threading import RLock

from custodyd_drivers.zfm.frames import Code, encode_token
from custodyd_drivers.zfm.settings import Settings
from custodyd_simulators.hands import PortTwin, Standing
from custodyd_simulators.wires import Dialect, PtyWire
from custodyd_simulators.zfm.dialect import Voice
from custodyd_simulators.zfm.module import Module, template

__all__ = ["TWIN", "Glass", "Module", "Voice", "ZfmTwin", "voice"]


class Glass:
    """A hand on the reader; fulfils `hands.Reader`. A finger whose name begins with a word of `module.BAD_SKIN`
    (`worn-li`, `wet-li`) gives no usable picture."""

    def __init__(self, voice: Voice, lock: AbstractContextManager[object] | None = None) -> None:
        self.voice = voice
        self._lock = lock or RLock()

    def press(self, finger: str) -> None:
        """Lay a finger on the glass; it stays until lifted."""
        with self._lock:
            self.voice.module.finger = finger

    def lift(self) -> None:
        """Take the finger away."""
        with self._lock:
            self.voice.module.finger = None

    def store(self, slot: int, finger: str) -> None:
        """Put a finger's template into a slot, as if it had been enrolled earlier."""
        with self._lock:
            self.voice.module.store(slot, template(finger))

    def soil(self, code: int = Code.MESSY) -> None:
        """Make every picture bad with this code; `Code.OK` cleans the glass."""
        with self._lock:
            self.voice.module.quality = Code(code)

    def power_cycle(self) -> None:
        """Take the power away and give it back."""
        with self._lock:
            self.voice.power_up()

    @property
    def occupied(self) -> frozenset[int]:
        """Slots that hold a template."""
        with self._lock:
            return frozenset(self.voice.module.library)

    @property
    def lamp(self) -> bytes:
        """The last light command, opcode first; empty before one came."""
        with self._lock:
            return self.voice.module.lamp


def voice(settings: object, flash: Path | None = None) -> Voice:
    """The module that these settings describe, commissioned as they say; raises TypeError for another family's."""
    if not isinstance(settings, Settings):
        raise TypeError("the zfm twin takes zfm settings")
    module = Module(
        capacity=settings.capacity or 200, password=settings.password, address=settings.address, flash=flash
    )
    if settings.token is not None:
        module.notepad[0] = encode_token(settings.token)
    return Voice(module, settings.family)


class ZfmTwin:
    """Fulfils `hands.PortTwin`. `keep`: templates outlive the process in `<link>.flash.json` beside the link."""

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep

    def stand(self, settings: object, where: Path) -> Standing:
        """A reader on a pty linked at `where`."""
        flash = where.with_name(f"{where.name}.flash.json") if self.keep else None
        spoken = voice(settings, flash)
        wire = PtyWire(spoken, where)
        return Standing(hand=Glass(spoken, wire.lock), wire=wire, transport={"port": str(where)})

    def dialect(self, settings: object) -> Dialect:
        """The voice alone."""
        return voice(settings)


TWIN: PortTwin = ZfmTwin()
