"""The AT dialogue: one command at a time, unsolicited lines aside, its place found again after an abandoned one.

It knows lines and time-outs, no short message. An exchange may be abandoned at any await: what it began stays noted as
unsettled, and the next command first asks a query whose answer cannot be mistaken for a late one. A PDU that was
handed over is never written again; its late `+CMGS:` is noted with the mark it was handed over under, or dropped.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from custodyd_drivers.errors import LinkLost, NoReply
from custodyd_drivers.gsm_modem.exchange import Exchange
from custodyd_drivers.gsm_modem.frames import ABORT, SEND, Cutter, Line
from custodyd_drivers.gsm_modem.refusals import refused
from custodyd_drivers.link.serial import Port, SerialLink

NOTICES = ("+CMTI:", "+CMT:", "+CDSI:", "+CDS:", "^SMMEMFULL")
_KEPT = 256  # notices nobody fetched: more than any SIM stores, so a flood of them ends in one sweep
_TRIES = 2


class Dialogue:
    """One opening of the port. Verbs raise LinkLost, NoReply and Refused; one exchange is outstanding at a time."""

    def __init__(self, port: Port, timeout_s: float) -> None:
        self._link = SerialLink(port)
        self._timeout_s = timeout_s
        self._cutter = Cutter()
        self._exchange: Exchange | None = None
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._failure: LinkLost | None = None
        self._pump: asyncio.Task[None] | None = None
        self._unsettled: Exchange | None = None
        self._settle_by = 0.0
        self._owed = ""
        self._noted = asyncio.Event()
        self._notices: deque[Line] = deque()
        self.overflowed = False
        self.ignored = 0

    # --- life -------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the port and make the modem answer, whatever was left half said; raises LinkLost, NoReply."""
        await self._link.open()
        self._link.forget()
        self._pump = asyncio.create_task(self._listen(), name=f"modem {self._link.port.path}")
        async with self._turn:
            await self._link.write(ABORT + b"\r")
            await self._insist(Exchange("AT"), 4, self._timeout_s / 4)

    async def close(self) -> None:
        """Let go of the port; never raises."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})
        await self._link.close()
        self._fail(LinkLost(f"{self._link.port.path} is closed"))

    async def _listen(self) -> None:
        try:
            while True:
                for line in self._cutter.feed(await self._link.read()):
                    self._route(line)
                self._moved.set()
        except LinkLost as exc:
            self._fail(exc)

    def _fail(self, failure: LinkLost) -> None:
        self._failure = self._failure or failure
        self._moved.set()
        self._noted.set()

    def _check(self) -> None:
        if self._failure is not None:
            raise LinkLost(self._failure.fact) from self._failure

    def _route(self, line: Line) -> None:
        if self._exchange is not None and self._exchange.take(line):
            return
        if line.head.startswith("+CMGS:") and self._owed:
            line, self._owed = Line(line.head, self._owed), ""
        elif not line.head.startswith(NOTICES):
            self.ignored += 1
            return
        if len(self._notices) >= _KEPT:
            self._notices.popleft()
            self.overflowed = True
        self._notices.append(line)
        self._noted.set()

    # --- what the modem says of itself ------------------------------------------------------------------------------

    async def notice(self, seconds: float) -> Line | None:
        """The next unsolicited line that matters, else None; the body of a late `+CMGS:` is its mark."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while not self._notices:
                    self._check()
                    self._noted.clear()
                    await self._noted.wait()
        self._check()
        return self._notices.popleft() if self._notices else None

    # --- exchanges --------------------------------------------------------------------------------------------------

    async def ask(
        self,
        command: str,
        answer: str = "",
        *,
        need: bool = False,
        timeout: float | None = None,
        final_s: float | None = None,
    ) -> list[Line]:
        """The information lines of `command`, those that begin with `answer`; raises Refused, NoReply, LinkLost.

        See `Exchange` for `need` and `final_s`.
        """
        async with self._turn:
            await self._settle()
            exchange = Exchange(command, answer, need, final_s=final_s)
            await self._run(exchange, timeout or self._timeout_s)
            if exchange.final is not None and not exchange.final.ok:
                raise refused(_name(command), exchange.final)
            return exchange.lines

    async def submit(self, length: int, pdu: str, mark: str, timeout: float) -> int:
        """Hand one PDU over and return its reference. NoReply only after the PDU began to leave: then it is unknown.

        A late answer is a notice with `mark`. Raises LinkLost before that (surely not sent) and Refused at any time
        (the modem or the network said no).
        """
        async with self._turn:
            exchange = Exchange(f"AT+CMGS={length}", "+CMGS:", submission=True)
            try:
                await self._reach_prompt(exchange)
                await self._hand(exchange, pdu, mark, timeout)
            finally:
                self._exchange = None
            reference = _reference(exchange, timeout)
            self._owed = ""
            return reference

    async def _reach_prompt(self, exchange: Exchange) -> None:
        try:
            await self._settle()
        except NoReply as exc:
            raise LinkLost(exc.fact) from exc
        await self._say(exchange)
        if not await self._until(lambda: exchange.prompted or exchange.final is not None, self._timeout_s):
            raise LinkLost("the modem gave no prompt")
        if exchange.final is not None:
            self._settled()
            raise refused("submission", exchange.final)

    async def _hand(self, exchange: Exchange, pdu: str, mark: str, timeout: float) -> None:
        exchange.handed = True
        self._owed = mark
        self._settle_by = asyncio.get_running_loop().time() + timeout
        try:
            await self._link.write(pdu.encode("ascii") + SEND)
            answered = await self._until(lambda: exchange.final is not None, timeout)
        except LinkLost as exc:
            raise NoReply(f"after the hand-over: {exc.fact}", timeout) from exc
        if answered:
            self._settled()
            self._owed = ""

    async def _run(self, exchange: Exchange, timeout: float) -> None:
        await self._say(exchange)
        try:
            ended = await self._ended(exchange, timeout)
        finally:
            self._exchange = None
        if not ended:
            raise NoReply(f"no answer to {_name(exchange.command)}", timeout)
        self._settled()

    async def _ended(self, exchange: Exchange, timeout: float) -> bool:
        """Whether the answer came to its end, each of its lines within `timeout`."""
        while exchange.final is None:
            seen = len(exchange.lines)
            endless = seen > 0 and exchange.final_s is not None
            wait = exchange.final_s if endless and exchange.final_s is not None else timeout
            if not await self._until(partial(exchange.beyond, seen), wait):
                return endless
        return True

    async def _say(self, exchange: Exchange) -> None:
        self._check()
        self._exchange = self._unsettled = exchange
        await self._link.write(exchange.command.encode("ascii") + b"\r")

    async def _until(self, there: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true in time; raises LinkLost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not there():
                    self._check()
                    self._moved.clear()
                    await self._moved.wait()
        return there()

    # --- finding the place again ------------------------------------------------------------------------------------

    def _settled(self) -> None:
        self._unsettled = None
        self._settle_by = 0.0

    async def _settle(self) -> None:
        """After an abandoned command, drain what it still answers; raises NoReply when the modem stays silent."""
        abandoned = self._unsettled
        if abandoned is None:
            return
        if abandoned.submission and not abandoned.handed:
            await self._link.write(ABORT + b"\r")
        # never the abandoned command's own query: its late answer must not pass for the new one
        query = ("AT+CREG?", "+CREG:") if abandoned.command == "AT+CSQ" else ("AT+CSQ", "+CSQ:")
        await self._insist(Exchange(*query, strict=True), _TRIES, self._timeout_s / _TRIES)

    async def _insist(self, exchange: Exchange, tries: int, timeout: float) -> None:
        """Ask until answered: so many times, and as long as a handed PDU may keep the modem busy."""
        loop = asyncio.get_running_loop()
        busy_until, since = self._settle_by, loop.time()
        while True:
            tries -= 1
            try:
                await self._run(replace(exchange), timeout)
            except NoReply as exc:
                if loop.time() < busy_until:
                    continue
                if tries <= 0:
                    raise NoReply("the modem is silent", loop.time() - since) from exc
                await self._link.write(ABORT + b"\r")  # a prompt that nobody knows of would swallow the next try too
            else:
                return


def _name(command: str) -> str:
    """The command without its values: a PIN must not reach a log."""
    return command.partition("=")[0]


def _reference(exchange: Exchange, waited_s: float) -> int:
    for line in exchange.lines:
        number = line.head.removeprefix("+CMGS:").partition(",")[0].strip()
        if number.isascii() and number.isdigit() and int(number) <= 255:
            return int(number)
    if exchange.final is None:
        raise NoReply("no answer after the hand-over", waited_s)
    if exchange.final.ok:
        raise NoReply("accepted without a readable reference", waited_s)
    raise refused("submission", exchange.final)
