"""One connection to one scanner: codes out, triggers in, proof of life where the scanner can give one.

It must not know what a code means. Bytes are taken as they arrive, by a task of its own, because silences count; what
was found waits in a short queue for the one who reads the reports.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator

from custodyd_drivers.contract import Answered, Identity, Proof, Report
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.link.evdev import EventLink
from custodyd_drivers.link.serial import Port, SerialLink
from custodyd_drivers.scanner import frames
from custodyd_drivers.scanner.frames import Order, Reply, Sieve, Status, Zone
from custodyd_drivers.scanner.keys import Typist
from custodyd_drivers.scanner.lines import Found, Grammar, Once, Splitter
from custodyd_drivers.scanner.settings import Settings

_KEPT = 256  # unread reports; people scan a code a second, so older ones have no reader
_MISSES = 2  # one answer may drown in noise, two in a row are silence
_MODES = {"button": frames.BY_BUTTON, "host": frames.BY_COMMAND, "presentation": frames.BY_INDUCTION}


def _elapsed() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Scanner:
    """Fulfils `contract.CodeScanner`. A plain scanner is identified by its path alone and never says Answered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._link = _link(settings)
        self._sieve = Sieve() if settings.model == "gm65" else None
        self._splitter = Splitter(Grammar(settings.prefix.encode("ascii"), settings.ending, settings.max_length))
        self._once = Once(settings.duplicate_s)
        self._reports = deque[Report](maxlen=_KEPT)
        self._news = asyncio.Event()
        self._failure: DeviceError | None = None
        self._task: asyncio.Task[None] | None = None
        self._exchange = asyncio.Lock()
        self._awaited: tuple[int, asyncio.Future[Reply]] | None = None

    # --- the contract ---

    async def start(self) -> Identity:
        """Open the port; a gm65 must answer and take its trigger mode, a keyboard is taken from everyone else.

        Raises LinkLost, NoReply, Garbled, and Refused when the port is of another kind.
        """
        await self._link.open()
        self._task = asyncio.create_task(self._live(), name=f"scanner {self._settings.port}")
        self._task.add_done_callback(lambda _: self._news.set())
        if self._sieve is None:
            model = self._link.model if isinstance(self._link, EventLink) else ""
            return Identity(Proof.PATH, self._settings.port, model)
        await self._ask(frames.READ_BAUD, length=2)
        mode = Order(frames.Command.WRITE, Zone.MODE, bytes([_MODES[self._settings.trigger]]))
        await self._ask(mode, length=1)
        return Identity(Proof.PATH, self._settings.port, "GM65")

    async def reports(self) -> AsyncIterator[Report]:
        """CodeScanned, CodeUnreadable, Answered (gm65 only) for ever.

        Raises LinkLost; NoReply when a gm65 falls silent, Garbled when a keyboard sends what is no key.
        """
        while True:
            while self._reports:
                yield self._reports.popleft()
            if self._failure is not None:
                raise self._failure
            if self._task is not None and self._task.done():
                self._task.result()  # a fault of ours must not look like a quiet scanner
            self._news.clear()
            await self._news.wait()

    async def trigger(self) -> None:
        """Start one scan in trigger mode host, else nothing; raises NoReply, Garbled, Refused, LinkLost.

        Repeating it is harmless. If no code comes, the module stays silent: there is no report of it.
        """
        if self._settings.trigger == "host":
            await self._ask(frames.TRIGGER, length=1)

    async def close(self) -> None:
        """Let go of the port and the task; never raises."""
        await self._link.close()
        self._fail(LinkLost(f"{self._settings.port} is closed"))
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    # --- the life of one connection ---

    async def _live(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                if self._sieve is not None:
                    group.create_task(self._prove())
        except* DeviceError as failed:
            first = failed.exceptions[0]
            assert isinstance(first, DeviceError)
            self._fail(first)

    def _fail(self, failure: DeviceError) -> None:
        self._failure = self._failure or failure
        if self._awaited is not None and not self._awaited[1].done():
            self._awaited[1].set_exception(self._failure)
        self._news.set()

    def _tell(self, report: Report) -> None:
        self._reports.append(report)
        self._news.set()

    # --- what comes in ---

    async def _listen(self) -> None:
        last = _elapsed()
        while True:
            data = await self._link.read(self._settings.gap_s if self._waiting else None)
            now = _elapsed()
            if not data or (self._waiting and now - last > self._settings.gap_s):
                self._silence(now)
            self._hear(data, now)
            last = now

    @property
    def _waiting(self) -> bool:
        return self._splitter.waiting or (self._sieve is not None and self._sieve.waiting)

    def _silence(self, now: float) -> None:
        held = self._sieve.silence() if self._sieve is not None else b""
        self._found(self._splitter.feed(held) + self._splitter.silence(), now)

    def _hear(self, data: bytes, now: float) -> None:
        if self._sieve is not None:
            data, replies = self._sieve.feed(data)
            for reply in replies:
                self._answered(reply)
        self._found(self._splitter.feed(data), now)

    def _found(self, found: list[Found], now: float) -> None:
        for one in found:
            if self._once.fresh(one, now):
                self._tell(one)

    def _answered(self, reply: Reply) -> None:
        """Give the answer to the question it fits; one that fits none is late, doubled or another's: forgotten."""
        if self._awaited is None:
            return
        length, waiter = self._awaited
        if not waiter.done() and (reply.status != Status.OK or len(reply.data) == length):
            waiter.set_result(reply)

    # --- what goes out ---

    async def _prove(self) -> None:
        misses = 0
        while True:
            await asyncio.sleep(self._settings.probe_s)
            try:
                await self._ask(frames.READ_BAUD, length=2)
            except NoReply:
                misses += 1
                if misses >= _MISSES:
                    raise
            except (Garbled, Refused):
                misses = 0  # an answer all the same
            else:
                misses = 0
                self._tell(Answered())

    async def _ask(self, order: Order, length: int) -> Reply:
        """Send one order and await its answer with `length` bytes of data; an answer to an abandoned one is dropped."""
        async with self._exchange:
            if self._failure is not None:
                raise self._failure
            waiter = asyncio.get_running_loop().create_future()
            self._awaited = (length, waiter)
            try:
                await self._link.write(order.encode(), self._settings.timeout_s)
                async with asyncio.timeout(self._settings.timeout_s):
                    return _accepted(await waiter)
            except TimeoutError as exc:
                raise NoReply("the scanner does not answer", self._settings.timeout_s) from exc
            finally:
                self._awaited = None


def _link(settings: Settings) -> SerialLink | EventLink:
    if settings.interface == "keyboard":
        return EventLink(settings.port, Typist().type)
    return SerialLink(Port(settings.port, settings.baudrate))


def _accepted(reply: Reply) -> Reply:
    if reply.status == Status.OK:
        return reply
    if reply.status == Status.WRONG_FCS:
        raise Garbled("the scanner got a damaged order")
    raise Refused("the scanner does not know this order", reply.status, lasting=True)
