"""pyfingerprint's verbs on our own frames, and what makes an answer trustworthy; it must not know asyncio or a person.

The protocol has no transaction number, so an answer that comes late may be taken for the answer to a later question:
the wrong officer would be named. A module answers in order, which gives four guards:

1. *Nothing unasked.* Whatever lies on the line before a command proves that something is out of step: it is not
   flushed silently, the sequence under way is void and the reader is in *doubt*. Silence past the deadline, a damaged
   frame, an unexpected refusal and an answer of a length that the question cannot have put it in doubt as well.
2. *Quarantine.* In doubt, the line is drained until it is quiet, then asked three questions whose answers have
   different lengths (1, 3 and 33 bytes). An answer to an earlier question would shift all that follow.
3. *Fence.* Every picture that is used and every search ends with TemplateNum (3 bytes) and must meet its answer next.
   A stale frame that stood in for any answer since the last fence leaves the true answer before the fence's.
4. *Second search.* For half a minute after a doubt or a start, both of two searches must name the same slot.

What remains possible: as many stale frames as true answers are missing, each of the right length, in the right order,
without any other sign of trouble on the line; after a doubt, the same twice with the same slot. A frame made on
purpose by someone who holds the cable is not guarded against: the protocol has no authentication.

pyfingerprint raises plain Exception for codes and types that it does not expect; the packet methods below raise our
own errors before it sees such an answer, so that none of its exceptions is ever reached.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from custodyd_drivers.errors import Garbled, NoReply, Refused
from custodyd_drivers.zfm.frames import Code, Found, Kind, Op, Parameters
from custodyd_drivers.zfm.library import PyFingerprint
from custodyd_drivers.zfm.line import Line

QUIET_S = 0.25
"""How long the line must be silent in a quarantine: the pause inside a frame at 9600 Bd is a hundredth of it."""
WARY_S = 30.0
"""How long after a doubt a match needs two searches: far longer than any module holds an answer back."""
_FLOOD_S = 1.0

_LENGTHS: Mapping[int, int] = {
    Op.MATCH: 3,
    Op.SEARCH: 5,
    Op.READ_SYS_PARA: 17,
    Op.READ_NOTEPAD: 33,
    Op.TEMPLATE_NUM: 3,
    Op.READ_INDEX_TABLE: 33,
}
"""Bytes of an acknowledgement's payload, its code included, where it is not 1."""

_RESULTS: Mapping[int, int] = {
    Op.VFY_PWD: Code.WRONG_PASSWORD,
    Op.GEN_IMG: Code.NO_FINGER,
    Op.SEARCH: Code.NOT_FOUND,
    Op.REG_MODEL: Code.PRINTS_DIFFER,
}
"""The code that is an answer rather than a refusal; pyfingerprint returns False (or -1) for it."""

UNUSABLE: Mapping[int, str] = {
    Code.IMAGE_FAILED: "poor",
    Code.TOO_DRY: "dry",
    Code.TOO_WET: "wet",
    Code.MESSY: "messy",
    Code.TOO_FEW_FEATURES: "poor",
    Code.NO_IMAGE: "poor",
    Code.RESIDUAL_PRINT: "poor",
    Code.AREA_TOO_SMALL: "small",
    Code.STATIC: "poor",
    Code.POOR: "poor",
}
"""Codes that say why a picture is of no use, in the contract's words."""


_Trouble = TypeVar("_Trouble", bound=NoReply | Garbled)
_Library: Any = PyFingerprint


class Sensor(_Library):  # type: ignore[misc]  # the library has no types; this class is its door
    """The module behind one `Line`. Every method blocks, bounded, and raises DeviceError only."""

    def __init__(self, line: Line, password: int) -> None:
        # the library's constructor would open the port itself, shared and with no write time-out
        self._line = line
        self._PyFingerprint__password = password
        self._asked = 0
        self._doubt = True
        self._wary_until = 0.0
        self.capacity = 0
        self.answers = 0

    # --- the two methods through which every byte of pyfingerprint goes ---------------------------------------------

    def _write(self, kind: int, payload: Sequence[int]) -> None:
        if kind == Kind.COMMAND:
            self._asked = payload[0]
            if self._line.surplus():
                raise self._doubting(Garbled("an answer came that nobody asked for"))
        self._line.send(Kind(kind), bytes(payload))

    def _read(self) -> tuple[int, list[int]]:
        try:
            frame = self._line.receive()
        except (NoReply, Garbled) as exc:
            raise self._doubting(exc) from exc.__cause__
        if frame.kind is not Kind.ACK:
            raise self._doubting(Garbled("something else than an answer came", len(frame.payload)))
        self._judge(frame.payload)
        self.answers += 1
        return frame.kind, list(frame.payload)

    # the mangled names that the library looks up
    _PyFingerprint__writePacket = _write
    _PyFingerprint__readPacket = _read

    def _judge(self, payload: bytes) -> None:
        whole, code = _LENGTHS.get(self._asked, 1), payload[0]
        # some firmware says no with the code alone, some with zeros behind it
        if len(payload) != whole and (code == Code.OK or len(payload) != 1):
            raise self._doubting(Garbled("an answer came that belongs to another question", len(payload)))
        result = _RESULTS.get(self._asked, Code.OK)
        if code not in (Code.OK, result):
            # a bad picture is daily bread; any other refusal may be a stale code, or a module that lost its power
            self._doubt = self._doubt or code not in UNUSABLE
            raise Refused(f"the reader refuses (command {self._asked:02X}, code {code:02X})", code)

    # --- doubt ------------------------------------------------------------------------------------------------------

    def _doubting(self, error: _Trouble) -> _Trouble:
        self._doubt = True
        return error

    def settle(self) -> None:
        """Out of doubt before anything else (the second guard); raises NoReply, Garbled, Refused, LinkLost."""
        if not self._doubt:
            return
        self._wary_until = time.monotonic() + WARY_S
        self._line.drain(QUIET_S, _FLOOD_S)
        if not self.verifyPassword():
            raise Refused("the reader's password is another one", Code.WRONG_PASSWORD, lasting=True)
        self.count()
        self.index(0)
        self._doubt = False

    def fence(self) -> None:
        """Prove that all answers since the last fence were the true ones (the third guard); raises Garbled, NoReply."""
        self._doubt = True  # until the answer is there: a refusal here is a stale code too
        self.count()
        self._doubt = False

    # --- verbs of the library, typed --------------------------------------------------------------------------------

    def getStorageCapacity(self) -> int:  # noqa: N802 - overrides the library's
        """What `capacity` says: the library would ask the module again before every search, and an R308 is silent."""
        return self.capacity

    def image(self) -> bool:
        """Take a picture; False without a finger; raises Refused with a code of `UNUSABLE` for a bad one."""
        return bool(self.readImage())

    def features(self, buffer: int) -> None:
        """Turn the picture into features in `buffer` (1, 2); raises Refused with a code of `UNUSABLE` for a bad one."""
        self.convertImage(buffer)

    def merge(self) -> bool:
        """Make a template of both buffers; False when the two pictures differ."""
        return bool(self.createTemplate())

    def search(self) -> Found | None:
        """Whose features are in buffer 1, with guards three and four; raises Garbled when the answers disagree."""
        found = self._search()
        if time.monotonic() < self._wary_until and self._search() != found:
            raise self._doubting(Garbled("two searches for one finger gave two answers"))
        self.fence()
        return found

    def _search(self) -> Found | None:
        slot, score = self.searchTemplate()
        if slot < 0:
            return None
        if slot >= self.capacity:
            raise self._doubting(Garbled("a search named a slot that the reader does not have"))
        return Found(slot, score)

    def store(self, slot: int) -> None:
        """Keep the template of buffer 1 in `slot`."""
        self.storeTemplate(slot)

    def erase(self, slot: int) -> None:
        """Forget the template in `slot`."""
        self.deleteTemplate(slot)

    def count(self) -> int:
        """Number of templates."""
        return int(self.getTemplateCount())

    def index(self, page: int) -> list[bool]:
        """Which of the 256 slots of `page` (0 to 3) hold a template."""
        return [bool(used) for used in self.getTemplateIndex(page)]

    def parameters(self) -> Parameters:
        """What ReadSysPara says; an R308 stays silent."""
        return Parameters(*self.getSystemParameters())

    # --- what the library lacks -------------------------------------------------------------------------------------

    def ask(self, op: int, arguments: bytes = b"") -> bytes:
        """One command; the data of its acknowledgement."""
        self._write(Kind.COMMAND, bytes([op]) + arguments)
        return bytes(self._read()[1][1:])
