"""How the simulated service centre speaks SMPP 3.4; it must not know the physics behind it, nor a driver."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

from custodyd_drivers.errors import Garbled
from custodyd_drivers.smpp.frames import Bind, Command, Cutter, Pdu, c_string
from custodyd_drivers.smpp.messages import MESSAGE_STATE, RECEIPTED_ID, STATES, Address, Message, Receipt
from custodyd_simulators.centre import Centre, Kind, Outcome, Part, Report, Written
from custodyd_simulators.wires import Say

STATS = {
    Kind.DELIVERED: "DELIVRD",
    Kind.EXPIRED: "EXPIRED",
    Kind.UNDELIVERABLE: "UNDELIV",
    Kind.REJECTED: "REJECTD",
    Kind.UNKNOWN: "UNKNOWN",
}
_HANG_UP_S = 0.1  # so that a refusal is heard before the line goes
_NOT_BOUND, _WRONG_PASSWORD, _WRONG_ID, _UNKNOWN_COMMAND = 0x04, 0x0E, 0x0F, 0x03
_HEADER, _RECEIPT = 0x40, 0x04


@dataclass(slots=True)
class Account:
    """What the centre knows of the station: `secret` is asked for at each bind."""

    system_id: str
    secret: Callable[[], str]
    source: Address


class Voice:
    """A service centre; fulfils `wires.Dialect` and `wires.Answering`."""

    def __init__(self, account: Account, centre: Centre) -> None:
        self.account = account
        self.centre = centre
        self.parameters = True  # receipts have optional parameters; else their text alone tells
        self._say: Say = lambda _: None
        self._hang_up: Callable[[], None] = lambda: None
        self._cutter = Cutter()
        self._sequence = itertools.count(1)
        self._brought: dict[int, int] = {}

    def attach(self, say: Say) -> None:
        """Take the voice."""
        self._say = say

    def came(self, hang_up: Callable[[], None]) -> None:
        """A new host: nothing of the one before is waited for."""
        self._hang_up = hang_up
        self._cutter = Cutter()
        self._brought.clear()
        self.centre.bring = None

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        self.centre.tick(dt)

    def hear(self, data: bytes) -> None:
        """Bytes of the host in any split; what is no SMPP ends the connection."""
        try:
            for pdu in self._cutter.feed(data):
                self._take(pdu)
        except Garbled:
            self._cutter = Cutter()
            self._leave()

    def _leave(self) -> None:
        self.centre.bring = None
        self.centre.after(_HANG_UP_S, self._hang_up)

    def _send(self, pdu: Pdu) -> None:
        self._say(pdu.encode())

    def unbind(self) -> None:
        """End the connection in good order."""
        self._send(Pdu(Command.UNBIND, next(self._sequence)))

    def enquire(self) -> None:
        """Ask whether the host is there."""
        self._send(Pdu(Command.ENQUIRE_LINK, next(self._sequence)))

    def _take(self, pdu: Pdu) -> None:
        if pdu.is_answer:
            self._took(pdu)
        elif pdu.command in (Command.BIND, Command.BIND_TRANSMITTER, Command.BIND_RECEIVER):
            self._bind(pdu)
        elif pdu.command == Command.ENQUIRE_LINK:
            self._send(pdu.answered())
        elif pdu.command == Command.UNBIND:
            self._send(pdu.answered())
            self._leave()
        elif pdu.command == Command.SUBMIT:
            self._submit(pdu)
        else:
            self._send(Pdu(Command.NACK, pdu.sequence, status=_UNKNOWN_COMMAND).answered(status=_UNKNOWN_COMMAND))

    def _bind(self, pdu: Pdu) -> None:
        request = Bind.decode(pdu.body)
        status = 0
        if request.system_id != self.account.system_id:
            status = _WRONG_ID
        elif request.password != self.account.secret():
            status = _WRONG_PASSWORD
        self._send(pdu.answered(b"" if status else c_string("custodysim", 16), status))
        if status:
            self._leave()
        else:
            self.centre.bring = self._bring
            self.centre.came()

    def _submit(self, pdu: Pdu) -> None:
        if self.centre.bring is None:
            self._send(pdu.answered(status=_NOT_BOUND))
            return
        message = Message.decode(pdu.body)
        part = Part(message.destination.shown, message.body, message.report)
        self.centre.submit(part, lambda outcome: self._decided(pdu, outcome))

    def _decided(self, pdu: Pdu, outcome: Outcome) -> None:
        if outcome.number is not None:
            self._send(pdu.answered(c_string(_message_id(outcome.number), 65)))
        elif outcome.error is not None:
            self._send(pdu.answered(status=outcome.error))

    def _bring(self, key: int, note: Report | Written) -> None:
        sequence = next(self._sequence)
        self._brought[sequence] = key
        message = self._receipt(note) if isinstance(note, Report) else self._written(note)
        self._send(Pdu(Command.DELIVER, sequence, message.encode()))

    def _receipt(self, note: Report) -> Message:
        receipt = Receipt(_message_id(note.number), STATS[note.kind])
        plain = Message(
            Address.of(note.recipient), self.account.source, receipt.text(), esm_class=_RECEIPT, coding=0
        )  # fmt: skip
        if not self.parameters:
            return plain
        state = next(number for number, stat in STATES.items() if stat == receipt.stat)
        given = {RECEIPTED_ID: c_string(receipt.message_id, 65), MESSAGE_STATE: bytes([state])}
        return replace(plain, parameters=given)

    def _written(self, note: Written) -> Message:
        esm_class = _HEADER if note.body.part is not None else 0
        return Message(Address.of(note.sender), self.account.source, note.body.content(), esm_class)

    def _took(self, pdu: Pdu) -> None:
        key = self._brought.pop(pdu.sequence, None)
        if key is not None and pdu.request == Command.DELIVER and pdu.status == 0:
            self.centre.took(key)


def _message_id(number: int) -> str:
    return f"{number:08X}"
