"""Exchanges that belong together: begin, look, picture, keep, erase; blocking, on the reader's own thread.

It must not know asyncio, a person, or how an answer is made trustworthy (`sensor`). Every function here is one job:
nothing of another verb comes between its exchanges. All raise LinkLost, NoReply, Garbled, Refused.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from custodyd_drivers.contract import Identity, Light, Proof
from custodyd_drivers.errors import Garbled, NoReply, Refused
from custodyd_drivers.zfm import lights
from custodyd_drivers.zfm.frames import PAGE_SLOTS, Code, Op, decode_token, encode_token
from custodyd_drivers.zfm.line import Line
from custodyd_drivers.zfm.sensor import UNUSABLE, Sensor
from custodyd_drivers.zfm.settings import Settings
from custodyd_drivers.zfm.touch import COVERED, FREE, Sight

_PAGES = 4
_TOKEN_PAGE = b"\0"
_T = TypeVar("_T")


class Module:
    """One module on one line."""

    def __init__(self, line: Line, settings: Settings) -> None:
        self._line = line
        self._settings = settings
        self._sensor = Sensor(line, settings.password)
        self._lit = True
        self._model = ""

    @property
    def capacity(self) -> int:
        """Number of slots, known after `begin`."""
        return self._sensor.capacity

    @property
    def answers(self) -> int:
        """How many answers were understood."""
        return self._sensor.answers

    def close(self) -> None:
        """Let go of the port; never raises."""
        self._line.close()

    def begin(self) -> Identity:
        """Open the port, prove who answers, learn what it has, in an order that is safe on all makers."""
        self._line.open()
        self._sensor.settle()
        self._sensor.capacity = self._measure()
        identity = self._identify()
        # a module without a light says so, or nothing at all: asked once, here
        self._lit = self._optional(lambda: self._show(Light.READY)) is not None
        return identity

    def _optional(self, question: Callable[[], _T]) -> _T | None:
        """The answer to what not every module understands; None after a refusal or silence."""
        self._sensor.settle()
        try:
            answer = question()
        except (NoReply, Refused):
            answer = None
        self._sensor.settle()
        return answer

    def _measure(self) -> int:
        parameters = self._optional(self._sensor.parameters)
        if parameters is None:
            return self._settings.capacity or self._count_pages() * PAGE_SLOTS
        self._model = f"EF01 system {parameters.system:04X}"
        if not 1 <= parameters.capacity <= _PAGES * PAGE_SLOTS:
            raise Garbled("the reader claims a capacity that none has")
        return parameters.capacity

    def _count_pages(self) -> int:
        for page in range(1, _PAGES):
            if self._optional(partial(self._sensor.index, page)) is None:
                return page
        return _PAGES

    def _identify(self) -> Identity:
        token, expected = self._optional(self._read_token) or None, self._settings.token
        if expected is not None and token != expected:
            found = "another identity" if token else "no identity"
            raise Refused(f"the reader on this port has {found}, not the configured one", lasting=True)
        if token is None:
            return Identity(Proof.PATH, self._settings.port, self._model)
        return Identity(Proof.TOKEN, token, self._model)

    def _read_token(self) -> str:
        return decode_token(self._sensor.ask(Op.READ_NOTEPAD, _TOKEN_PAGE)) or ""

    def write_token(self, token: str) -> None:
        """Write the identity and read it back."""
        try:
            page = encode_token(token)
        except ValueError as exc:
            raise Refused(str(exc), lasting=True) from exc
        self._sensor.settle()
        self._sensor.ask(Op.WRITE_NOTEPAD, _TOKEN_PAGE + page)
        if self._read_token() != token:
            raise Refused("the reader did not keep its identity")

    def light(self, light: Light) -> None:
        """Show `light`; nothing for a module without one."""
        if self._lit:
            self._sensor.settle()
            self._show(light)

    def _show(self, light: Light) -> bytes:
        return self._sensor.ask(*lights.order(self._settings.family, light))

    # --- templates --------------------------------------------------------------------------------------------------

    def occupied(self) -> frozenset[int]:
        """Slots that hold a template, by the index table."""
        self._sensor.settle()
        pages = range(math.ceil(self.capacity / PAGE_SLOTS))
        table = [used for page in pages for used in self._sensor.index(page)]
        self._sensor.fence()
        return frozenset(slot for slot, used in enumerate(table) if used)

    def require(self, slot: int, *, empty: bool) -> None:
        """Refuse a slot that does not exist, or is not as it must be."""
        if not 0 <= slot < self.capacity:
            raise Refused("the reader has no such slot", Code.PAGE_OUT_OF_RANGE, lasting=True)
        taken = slot in self.occupied()
        if empty and taken:
            raise Refused("the slot is taken", Code.SLOT_TAKEN, lasting=True)
        if not empty and not taken:
            raise Refused("the slot is empty", Code.SLOT_EMPTY, lasting=True)

    def erase(self, slot: int) -> None:
        """Delete the template in `slot` and see that it is gone."""
        self.require(slot, empty=False)
        self._sensor.erase(slot)
        if slot in self.occupied():
            raise Refused("the reader kept the template", Code.DELETE_FAILED)

    # --- fingers ----------------------------------------------------------------------------------------------------

    def look(self, *, identify: bool) -> Sight:
        """What lies on the glass now, and whose it is if `identify`; without it, a free glass is fenced."""
        if not identify:
            sight = self._glance()
            if not sight.finger:
                self._sensor.fence()
            return sight
        sight = self.picture(1)
        if not sight.finger or sight.flaw:
            return sight
        found = self._sensor.search()
        return COVERED if found is None else Sight(finger=True, slot=found.slot, score=found.score)

    def _glance(self) -> Sight:
        self._sensor.settle()
        try:
            return COVERED if self._sensor.image() else FREE
        except Refused as exc:
            return Sight(finger=True, flaw=_flaw(exc))

    def picture(self, buffer: int) -> Sight:
        """Features of what lies on the glass into `buffer`; fenced: no stale answer stands for a finger."""
        sight = self._glance()
        if not sight.finger:
            return sight
        try:
            if sight.flaw is None:
                self._sensor.features(buffer)
        except Refused as exc:
            sight = Sight(finger=True, flaw=_flaw(exc))
        self._sensor.fence()
        return sight

    def keep(self, slot: int) -> None:
        """Make a template of both buffers and store it in an empty `slot`, unless the finger is known already."""
        self._sensor.settle()
        self.require(slot, empty=True)
        if not self._sensor.merge():
            raise Refused("the two pictures differ", Code.PRINTS_DIFFER)
        if self._sensor.search() is not None:
            raise Refused("this finger is enrolled already", Code.ALREADY_ENROLLED, lasting=True)
        self._sensor.store(slot)
        if slot not in self.occupied():
            raise Refused("the reader did not keep the template", Code.FLASH_FAILED)


def _flaw(refusal: Refused) -> str:
    """Why a picture is of no use; raises `refusal` again when it is about something else."""
    flaw = UNUSABLE.get(refusal.code or 0)
    if flaw is None:
        raise refusal
    return flaw
