"""Numbered questions on one TCP connection and their answers, and the far end's own requests; it knows no protocol.

Whatever begins to leave and does not leave whole ends the connection: the stream has lost its place. An answer that
comes after its question was given up is nobody's, but for a hand-over's: it is kept with the mark of that one.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply
from custodyd_drivers.link.tcp import TcpLink

_KEPT = 1024  # requests that nobody took: gateways send a window's worth and wait for the answers
_MOST_OWED = 256
_WRITE_S = 2.0
_LAST = 0xFFFF_FFFF


class Numbered(Protocol):
    """A packet that carries its number; an answer carries its question's."""

    @property
    def sequence(self) -> int:
        """The number."""
        ...

    @property
    def is_answer(self) -> bool:
        """Whether it answers a question."""
        ...

    def encode(self) -> bytes:
        """As it goes over the wire."""
        ...


P = TypeVar("P", bound=Numbered)


class Speech(Protocol[P]):
    """What a protocol is on its wire."""

    @property
    def halfway(self) -> bool:
        """Whether a packet has begun and not ended."""
        ...

    def feed(self, data: bytes) -> list[P]:
        """The packets that are complete now, in any split; raises Garbled for good."""
        ...

    def question(self, command: int, sequence: int, body: bytes) -> P:
        """A request of ours."""
        ...

    def courtesy(self, request: P) -> P | None:
        """The answer to what the far end asks and nobody needs to know; raises Garbled for what it never asks."""
        ...

    def parts(self, request: P) -> bool:
        """Whether the far end takes its leave by it."""
        ...


@dataclass(frozen=True, slots=True)
class Late(Generic[P]):
    """The answer to a hand-over that was given up, with its mark."""

    packet: P
    mark: int


class Session(Generic[P]):
    """Questions raise LinkLost when they surely did not leave, NoReply when nothing is known of them."""

    def __init__(self, speech: Speech[P], host: str, tcp_port: int, timeout_s: float) -> None:
        self._link = TcpLink(host, tcp_port)
        self._timeout_s = timeout_s
        self._speech = speech
        self._asked: dict[int, asyncio.Future[P]] = {}
        self._owed: dict[int, int] = {}
        self._sequence = 0
        self._writing = asyncio.Lock()
        self._requests: deque[P | Late[P]] = deque()
        self._arrived = asyncio.Event()
        self._failure: DeviceError | None = None
        self._pump: asyncio.Task[None] | None = None
        self.ignored = 0

    # --- life -------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect and begin to listen; raises LinkLost."""
        await self._link.open(self._timeout_s)
        self._pump = asyncio.create_task(self._listen(), name=f"requests {self._link.path}")

    async def close(self) -> None:
        """Let go of the connection; never raises."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})
        await self._link.close()
        self._fail(LinkLost(f"{self._link.path} is closed"))

    async def _listen(self) -> None:
        try:
            while True:
                # a packet that has begun must end: half of one would swallow the beginning of the next for ever
                data = await self._link.read(self._timeout_s if self._speech.halfway else None)
                if not data:
                    raise Garbled("half a packet, then silence")
                for packet in self._speech.feed(data):
                    await self._route(packet)
        except DeviceError as exc:
            self._fail(exc)

    def _fail(self, failure: DeviceError) -> None:
        self._failure = self._failure or failure
        for future in self._asked.values():
            if not future.done():
                future.set_exception(LinkLost(self._failure.fact))
                future.exception()  # whoever asked may have left
        self._arrived.set()

    def check(self) -> None:
        """Raises LinkLost once the connection is over."""
        if self._failure is not None:
            raise LinkLost(self._failure.fact) from self._failure

    async def _route(self, packet: P) -> None:
        if packet.is_answer:
            self._answered(packet)
            return
        courtesy = self._speech.courtesy(packet)
        if courtesy is None:
            self._note(packet)
            return
        await self.answer(courtesy)
        if self._speech.parts(packet):
            raise LinkLost(f"{self._link.path} ended the connection")

    def _answered(self, packet: P) -> None:
        future = self._asked.pop(packet.sequence, None)
        mark = self._owed.pop(packet.sequence, None)
        if future is not None and not future.done():
            future.set_result(packet)
        elif mark is not None:
            self._note(Late(packet, mark))
        else:
            self.ignored += 1

    def _note(self, one: P | Late[P]) -> None:
        if len(self._requests) >= _KEPT:
            raise Garbled("more requests than any window has", len(self._requests))
        self._requests.append(one)
        self._arrived.set()

    # --- questions --------------------------------------------------------------------------------------------------

    async def ask(self, command: int, body: bytes = b"", timeout: float | None = None) -> P:
        """The answer to one request; an unanswered one ends in NoReply."""
        async with self._question() as (sequence, future):
            await self._write(self._speech.question(command, sequence, body))
            return await self._wait(future, timeout or self._timeout_s)

    async def hand(self, command: int, body: bytes, mark: int, timeout: float) -> P:
        """The answer to a hand-over. NoReply once it began to leave: a `Late` with `mark` may come."""
        async with self._question() as (sequence, future):
            self._owed[sequence] = mark
            while len(self._owed) > _MOST_OWED:
                del self._owed[next(iter(self._owed))]
            try:
                await self._write(self._speech.question(command, sequence, body))
                return await self._wait(future, timeout)
            except NoReply:
                raise
            except LinkLost as exc:
                raise NoReply(f"after the hand-over: {exc.fact}", timeout) from exc

    @asynccontextmanager
    async def _question(self) -> AsyncGenerator[tuple[int, "asyncio.Future[P]"]]:
        self.check()
        self._sequence = self._sequence % _LAST + 1
        sequence = self._sequence
        future = self._asked[sequence] = asyncio.get_running_loop().create_future()
        try:
            yield sequence, future
        finally:
            self._asked.pop(sequence, None)

    async def _wait(self, future: "asyncio.Future[P]", timeout: float) -> P:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await future
        raise NoReply(f"no answer from {self._link.path}", timeout)

    async def answer(self, packet: P) -> None:
        """Answer a request of the far end; raises LinkLost."""
        self.check()
        await self._write(packet)

    async def _write(self, packet: P) -> None:
        whole = False
        async with self._writing:
            try:
                await self._link.write(packet.encode(), _WRITE_S)
                whole = True
            finally:
                if not whole:
                    self._fail(LinkLost(f"{self._link.path} took half a packet"))

    # --- what the far end asks ----------------------------------------------------------------------------------------

    async def request(self, seconds: float) -> P | Late[P] | None:
        """The next request or late answer, None when none came in time; raises LinkLost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while not self._requests:
                    self.check()
                    self._arrived.clear()
                    await self._arrived.wait()
        self.check()
        return self._requests.popleft() if self._requests else None
