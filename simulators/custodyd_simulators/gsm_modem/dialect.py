"""How the simulated modem speaks: echo, command lines, the prompt, final results; it must not know the physics."""

import re
from collections import deque

from custodyd_drivers.errors import Garbled
from custodyd_drivers.gsm_modem.pdu import Submit, without_smsc
from custodyd_simulators.gsm_modem.commands import CmeError, CmsError, perform
from custodyd_simulators.gsm_modem.network import Outcome
from custodyd_simulators.gsm_modem.state import Modem
from custodyd_simulators.wires import Say

_SEND, _ABORT = 0x1A, 0x1B
_LONGEST = 2048
_BASIC = re.compile(r"(?P<name>&?[A-Z])(?P<value>\d*)(?:=\d+)?")
_EXTENDED = re.compile(r"\+(?P<name>[A-Z]+)(?P<form>.*)", re.DOTALL)
_SUBMIT = re.compile(r"\+CMGS=(?P<length>\d{1,3})")
_SEPARATOR = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
BAD_PDU, PIN_WANTED = 304, 311
_CME_TEXTS = {4: "operation not supported", 10: "SIM not inserted", 11: "SIM PIN required", 12: "SIM PUK required"}


class Voice:
    """The dialect of one modem, see `wires.Dialect`."""

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self.modem.announce = self._announce
        self.prompts = 0  # how many submissions got as far as the prompt
        self._say: Say = lambda _: None
        self._line = bytearray()
        self._pending = bytearray()  # heard while the network decides
        self._held: deque[str] = deque()  # unsolicited, while the prompt is open
        self._length: int | None = None  # of the TPDU that the open prompt waits for
        self._busy = False

    def attach(self, say: Say) -> None:
        """Take the voice."""
        self._say = say

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        self.modem.network.tick(dt)

    def hear(self, data: bytes) -> None:
        """Take bytes of command lines and PDUs."""
        self._pending += data
        while self._pending and not self._busy:
            self._octet(self._pending.pop(0))

    def _octet(self, octet: int) -> None:
        if self._length is not None:
            self._pdu_octet(octet)
        elif octet == 0x0D:
            line, self._line = self._line.decode("ascii", errors="replace"), bytearray()
            self._command_line(line)
        elif octet not in (0x0A, 0x00, _SEND, _ABORT):
            self._line.append(octet)
            del self._line[_LONGEST:]

    # --- command lines ----------------------------------------------------------------------------------------------

    def _command_line(self, line: str) -> None:
        if self.modem.echo and line:
            self._say(line.encode("ascii", errors="replace") + b"\r")
        if line[:2].upper() != "AT":
            return
        try:
            for command in filter(None, _SEPARATOR.split(line[2:].strip())):
                if self._command(command.strip()):
                    return
        except CmeError as error:
            self._final(self._cme(error.code))
        except CmsError as error:
            self._final(f"+CMS ERROR: {error.code}")
        else:
            self._final("OK")

    def _command(self, command: str) -> bool:
        """Carry one command out; whether it ends the line without OK."""
        if submission := _SUBMIT.fullmatch(command.upper()):
            self._open_prompt(int(submission["length"]))
            return True
        if extended := _EXTENDED.fullmatch(command):
            for text in perform(self.modem, extended["name"].upper(), extended["form"]):
                self._say(f"\r\n{text}\r\n".encode())
            return self.modem.quirks.cpin_without_ok and command.upper() == "+CPIN?"
        self._basic(command.upper())
        return False

    def _basic(self, command: str) -> None:
        if "".join(found[0] for found in _BASIC.finditer(command)) != command:
            raise CmeError(4)
        for found in _BASIC.finditer(command):
            if found["name"] == "E":
                self.modem.echo = found["value"] == "1"
            elif found["name"] == "Z":
                self.modem.echo, self.modem.cmee = True, 0
            elif found["name"] == "I":
                self._say(b"\r\nSimulated modem\r\n")

    def _cme(self, code: int) -> str:
        if self.modem.cmee == 0:
            return "ERROR"
        return f"+CME ERROR: {code if self.modem.cmee == 1 else _CME_TEXTS.get(code, 'unknown')}"

    def _final(self, text: str) -> None:
        self._say(f"\r\n{text}\r\n".encode())

    def _announce(self, text: str) -> None:
        if self._length is None:
            self._say(f"\r\n{text}\r\n".encode())
        else:
            self._held.append(text)

    # --- submission -------------------------------------------------------------------------------------------------

    def _open_prompt(self, length: int) -> None:
        if self.modem.sim.state != "READY":
            raise CmsError(PIN_WANTED)
        self.prompts += 1
        self._length = length
        self._say(b"\r\n> ")

    def _close_prompt(self) -> str:
        text, self._line, self._length = self._line.decode("ascii", errors="replace"), bytearray(), None
        return "".join(text.split())

    def _pdu_octet(self, octet: int) -> None:
        if octet == _ABORT:
            self._close_prompt()
            self._final("OK")
            self._release()
        elif octet == _SEND:
            length, text = self._length, self._close_prompt()
            self._submit(length or 0, text)
        else:
            self._line.append(octet)
            del self._line[_LONGEST:]

    def _submit(self, length: int, text: str) -> None:
        if self.modem.echo:
            self._say(text.encode("ascii", errors="replace"))
        try:
            tpdu = without_smsc(text)
            if len(tpdu) != length:
                raise Garbled("another length than announced", len(tpdu))
            submit = Submit.decode(tpdu)
        except Garbled:
            self._answer(Outcome(error=BAD_PDU))
            return
        self._busy = True
        self.modem.network.submit(submit, self._answer)

    def _answer(self, outcome: Outcome) -> None:
        self._busy = False
        if outcome.error is not None:
            self._final(f"+CMS ERROR: {outcome.error}")
        elif outcome.reference is not None:
            self._say(f"\r\n+CMGS: {outcome.reference}\r\n\r\nOK\r\n".encode())
        self._release()
        self.hear(b"")

    def _release(self) -> None:
        while self._held:
            self._announce(self._held.popleft())
