"""One CMPP connection: questions and their answers by sequence, requests of the gateway in a queue; no short message.

Whatever begins to leave and does not leave whole ends the connection: the stream has lost its place. An answer that
comes after its question was given up is nobody's, but for a SUBMIT's: it is kept with the mark of its hand-over.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from custodyd_drivers.cmpp.frames import Command, Cutter, Packet
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply
from custodyd_drivers.link.tcp import TcpLink

_KEPT = 1024  # requests that nobody took: gateways send a window's worth and wait for the answers
_MOST_OWED = 256
_WRITE_S = 2.0
_LAST = 0xFFFF_FFFF
_FROM_GATEWAY = frozenset({Command.DELIVER, Command.ACTIVE_TEST, Command.TERMINATE})


@dataclass(frozen=True, slots=True)
class Late:
    """The answer to a hand-over that was given up, with its mark."""

    packet: Packet
    mark: int


class Session:
    """Questions raise LinkLost when they surely did not leave, NoReply when nothing is known of them."""

    def __init__(self, host: str, tcp_port: int, timeout_s: float) -> None:
        self._link = TcpLink(host, tcp_port)
        self._timeout_s = timeout_s
        self._cutter = Cutter()
        self._asked: dict[int, asyncio.Future[Packet]] = {}
        self._owed: dict[int, int] = {}
        self._sequence = 0
        self._writing = asyncio.Lock()
        self._requests: deque[Packet | Late] = deque()
        self._arrived = asyncio.Event()
        self._failure: DeviceError | None = None
        self._pump: asyncio.Task[None] | None = None
        self.ignored = 0

    # --- life -------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect and begin to listen; raises LinkLost."""
        await self._link.open(self._timeout_s)
        self._pump = asyncio.create_task(self._listen(), name=f"cmpp {self._link.path}")

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
                data = await self._link.read(self._timeout_s if self._cutter.halfway else None)
                if not data:
                    raise Garbled("half a packet, then silence")
                for packet in self._cutter.feed(data):
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

    async def _route(self, packet: Packet) -> None:
        if packet.is_answer:
            self._answered(packet)
            return
        if packet.command not in _FROM_GATEWAY:
            raise Garbled("a request that no gateway makes", len(packet.body))
        if packet.command == Command.ACTIVE_TEST:
            await self.answer(packet.answered(b"\0"))
            return
        if packet.command == Command.TERMINATE:
            await self.answer(packet.answered())
            raise LinkLost(f"{self._link.path} ended the connection")
        self._note(packet)

    def _answered(self, packet: Packet) -> None:
        future = self._asked.pop(packet.sequence, None)
        mark = self._owed.pop(packet.sequence, None)
        if future is not None and not future.done():
            future.set_result(packet)
        elif mark is not None:
            self._note(Late(packet, mark))
        else:
            self.ignored += 1

    def _note(self, one: Packet | Late) -> None:
        if len(self._requests) >= _KEPT:
            raise Garbled("more requests than any window has", len(self._requests))
        self._requests.append(one)
        self._arrived.set()

    # --- questions --------------------------------------------------------------------------------------------------

    async def ask(self, command: Command, body: bytes = b"", timeout: float | None = None) -> Packet:
        """The answer to one request; an unanswered one ends in NoReply."""
        async with self._question() as (sequence, future):
            await self._write(Packet(command, sequence, body))
            return await self._wait(future, command, timeout or self._timeout_s)

    async def submit(self, body: bytes, mark: int, timeout: float) -> Packet:
        """The answer to a SUBMIT. NoReply once it began to leave: its answer may come later, as `Late` with `mark`."""
        async with self._question() as (sequence, future):
            self._owed[sequence] = mark
            while len(self._owed) > _MOST_OWED:
                del self._owed[next(iter(self._owed))]
            try:
                await self._write(Packet(Command.SUBMIT, sequence, body))
                return await self._wait(future, Command.SUBMIT, timeout)
            except NoReply:
                raise
            except LinkLost as exc:
                raise NoReply(f"after the hand-over: {exc.fact}", timeout) from exc

    @asynccontextmanager
    async def _question(self) -> AsyncGenerator[tuple[int, "asyncio.Future[Packet]"]]:
        self.check()
        self._sequence = self._sequence % _LAST + 1
        sequence = self._sequence
        future = self._asked[sequence] = asyncio.get_running_loop().create_future()
        try:
            yield sequence, future
        finally:
            self._asked.pop(sequence, None)

    async def _wait(self, future: "asyncio.Future[Packet]", command: Command, timeout: float) -> Packet:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await future
        raise NoReply(f"no answer to {command.name}", timeout)

    async def answer(self, packet: Packet) -> None:
        """Answer a request of the gateway; raises LinkLost."""
        self.check()
        await self._write(packet)

    async def _write(self, packet: Packet) -> None:
        whole = False
        async with self._writing:
            try:
                await self._link.write(packet.encode(), _WRITE_S)
                whole = True
            finally:
                if not whole:
                    self._fail(LinkLost(f"{self._link.path} took half a packet"))

    # --- what the gateway asks ----------------------------------------------------------------------------------------

    async def request(self, seconds: float) -> Packet | Late | None:
        """The next DELIVER or late answer, None when none came in time; raises LinkLost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while not self._requests:
                    self.check()
                    self._arrived.clear()
                    await self._arrived.wait()
        self.check()
        return self._requests.popleft() if self._requests else None
