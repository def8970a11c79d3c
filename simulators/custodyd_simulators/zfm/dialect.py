"""How a fingerprint module speaks EF 01: one command, one answer, in order; it must not know what a finger is."""

from collections import deque

from custodyd_drivers.zfm.frames import Code, Frame, Kind, Parser, ack
from custodyd_drivers.zfm.settings import Variant
from custodyd_simulators.wires import Say
from custodyd_simulators.zfm.answers import POWERED, Answer, answer
from custodyd_simulators.zfm.module import TEMPLATE_SIZE, Module

_BURST = 1024.0
_STREAM_RATE = 50_000.0
"""Bytes at once and per second of a data stream: a pty holds 4096, and what does not fit is lost."""


class Voice:
    """A `wires.Dialect`. `pace` holds seconds per opcode (GenImg of a real module takes some 0.05 s); `silent` are
    opcodes that this firmware leaves unanswered; `asked` are the payloads of all commands that came, oldest first."""

    def __init__(self, module: Module, family: Variant = "zfm") -> None:
        self.module = module
        self.family: Variant = family
        self.pace: dict[int, float] = {}
        self.silent: set[int] = set()
        self.asked: deque[bytes] = deque(maxlen=10_000)
        self._parser = Parser()
        self._damaged = 0
        self._waiting: deque[Frame] = deque()
        self._busy_s = 0.0
        self._filling = 0
        self._filled = bytearray()
        self._stream: deque[bytes] = deque()
        self._credit = _BURST
        self._say: Say = _nobody

    def attach(self, say: Say) -> None:
        """Take the voice."""
        self._say = say

    def power_up(self) -> None:
        """The power was away and is back; R503 modules say so."""
        self.module.power_up()
        self._waiting.clear()
        self._stream.clear()
        self._busy_s = 0.0
        self._filling = 0
        if self.family == "r503":
            self._say(POWERED)

    def hear(self, data: bytes) -> None:
        """Take bytes; every whole command is answered, after those before it."""
        frames = self._parser.feed(data)
        if self._parser.damaged > self._damaged:
            self._damaged = self._parser.damaged
            self._ack(Code.PACKET_DAMAGED)
        for frame in frames:
            self._waiting.append(frame)
            if frame.kind is Kind.COMMAND:
                self.asked.append(frame.payload)
            if len(self._waiting) == 1:
                self._busy_s = self._cost(frame)
        self._proceed()

    def tick(self, dt: float) -> None:
        """Work on the command at hand for `dt` seconds."""
        self._busy_s -= dt
        self._credit = min(_BURST, self._credit + dt * _STREAM_RATE)
        self._pour()
        self._proceed()

    def _cost(self, frame: Frame) -> float:
        return self.pace.get(frame.payload[0], 0.0) if frame.kind is Kind.COMMAND else 0.0

    def _proceed(self) -> None:
        while self._waiting and self._busy_s <= 0 and not self._stream:
            self._handle(self._waiting.popleft())
            self._busy_s = self._cost(self._waiting[0]) if self._waiting else 0.0

    def _handle(self, frame: Frame) -> None:
        if frame.address != self.module.address:
            self._ack(Code.WRONG_ADDRESS)
        elif frame.kind is Kind.COMMAND:
            self._obey(frame.payload)
        elif frame.kind in (Kind.DATA, Kind.END) and self._filling:
            self._fill(frame)

    def _obey(self, payload: bytes) -> None:
        self._filling = 0
        if payload[0] in self.silent:
            return
        said = answer(self.family, self.module, payload)
        self._ack(said.code, said.data)
        self._follow(said)

    def _follow(self, said: Answer) -> None:
        self._filling, self._filled = said.fill, bytearray()
        size = 32 << self.module.packet
        for start in range(0, len(said.stream), size):
            kind = Kind.END if start + size >= len(said.stream) else Kind.DATA
            self._stream.append(Frame(kind, said.stream[start : start + size], self.module.address).encode())
        self._pour()
        if said.after:
            self._say(said.after)

    def _pour(self) -> None:
        while self._stream and self._credit >= len(self._stream[0]):
            self._credit -= len(self._stream[0])
            self._say(self._stream.popleft())

    def _fill(self, frame: Frame) -> None:
        self._filled += frame.payload
        if frame.kind is Kind.END or len(self._filled) >= TEMPLATE_SIZE:
            self.module.buffers[self._filling] = bytes(self._filled[:TEMPLATE_SIZE]).ljust(TEMPLATE_SIZE, b"\0")
            self._filling = 0

    def _ack(self, code: int, data: bytes = b"") -> None:
        self._say(ack(code, data, self.module.address).encode())


def _nobody(_: bytes) -> None:
    """A voice before there is a wire."""
