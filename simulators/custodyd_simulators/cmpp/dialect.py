"""How the simulated gateway speaks CMPP 2.0 and 3.0; it must not know the physics behind it, nor a driver."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from custodyd_drivers.cmpp.frames import (
    Command,
    Connect,
    Connected,
    Cutter,
    Packet,
    Taken,
    Version,
    gateway_proof,
    source_proof,
)
from custodyd_drivers.cmpp.messages import Deliver, Receipt, Submit
from custodyd_drivers.errors import Garbled
from custodyd_simulators.centre import Centre, Kind, Outcome, Part, Report, Written
from custodyd_simulators.wires import Say

STATS = {
    Kind.DELIVERED: "DELIVRD",
    Kind.EXPIRED: "EXPIRED",
    Kind.UNDELIVERABLE: "UNDELIV",
    Kind.REJECTED: "REJECTD",
    Kind.UNKNOWN: "UNKNOWN",
}
_FIRST_ID = (11 << 60) | (25 << 55) | (9 << 50) | (1 << 16)
"""Month, day and hour of the simulated gateway number 1; real ones count on from their clock."""
_HANG_UP_S = 0.1  # so that a refusal is heard before the line goes
_WRONG_SP, _WRONG_SECRET, _WRONG_VERSION = 2, 3, 4


@dataclass(slots=True)
class Account:
    """What the gateway knows of the station: `secret` is asked for at each CONNECT."""

    sp_id: str
    secret: Callable[[], str]
    source: str
    version: Version


class Voice:
    """A gateway; fulfils `wires.Dialect` and `wires.Answering`."""

    def __init__(self, account: Account, centre: Centre) -> None:
        self.account = account
        self.centre = centre
        self.silent_tests = 0  # so many active tests are not answered
        self.impostor = False  # proves itself under another secret
        self._say: Say = lambda _: None
        self._hang_up: Callable[[], None] = lambda: None
        self._cutter = Cutter()
        self._version = account.version
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
        """Bytes of the host in any split; what is no CMPP ends the connection."""
        try:
            for packet in self._cutter.feed(data):
                self._take(packet)
        except Garbled:
            self._cutter = Cutter()
            self._leave()

    def _leave(self) -> None:
        self.centre.bring = None
        self.centre.after(_HANG_UP_S, self._hang_up)

    def _send(self, packet: Packet) -> None:
        self._say(packet.encode())

    def terminate(self) -> None:
        """End the connection in good order."""
        self._send(Packet(Command.TERMINATE, next(self._sequence)))

    def test(self) -> None:
        """Ask whether the host is there."""
        self._send(Packet(Command.ACTIVE_TEST, next(self._sequence)))

    def _take(self, packet: Packet) -> None:
        if packet.command == Command.CONNECT:
            self._connect(packet)
        elif packet.command == Command.ACTIVE_TEST:
            self._tested(packet)
        elif packet.command == Command.TERMINATE:
            self._send(packet.answered())
            self._leave()
        elif packet.command == Command.SUBMIT and self.centre.bring is not None:
            self._submit(packet)
        elif packet.is_answer and packet.request == Command.DELIVER:
            self._took(packet)

    def _connect(self, packet: Packet) -> None:
        request = Connect.decode(packet.body)
        status = self._judge(request)
        secret = b"another" if self.impostor else self.account.secret().encode()
        proof = gateway_proof(status, request.proof, secret, self._version)
        self._send(packet.answered(Connected(status, proof, self._version).encode(self._version)))
        if status:
            self._leave()
        else:
            self.centre.bring = self._bring
            self.centre.came()

    def _judge(self, request: Connect) -> int:
        if request.version >> 4 != self._version >> 4:
            return _WRONG_VERSION
        if request.sp_id != self.account.sp_id:
            return _WRONG_SP
        proof = source_proof(request.sp_id, self.account.secret().encode(), request.stamp)
        return 0 if proof == request.proof else _WRONG_SECRET

    def _tested(self, packet: Packet) -> None:
        if self.silent_tests:
            self.silent_tests -= 1
        else:
            self._send(packet.answered(b"\0"))

    def _submit(self, packet: Packet) -> None:
        submit = Submit.decode(packet.body, self._version)
        part = Part(submit.recipient, submit.body, submit.report)
        self.centre.submit(part, lambda outcome: self._decided(packet, outcome))

    def _decided(self, packet: Packet, outcome: Outcome) -> None:
        if outcome.number is not None:
            taken = Taken(_FIRST_ID + outcome.number, 0)
        elif outcome.error is not None:
            taken = Taken(0, outcome.error)
        else:
            return
        self._send(packet.answered(taken.encode(self._version)))

    def _bring(self, key: int, note: Report | Written) -> None:
        sequence = next(self._sequence)
        self._brought[sequence] = key
        deliver = self._report(key, note) if isinstance(note, Report) else self._written(note)
        self._send(Packet(Command.DELIVER, sequence, deliver.encode(self._version)))

    def _report(self, key: int, note: Report) -> Deliver:
        receipt = Receipt(_FIRST_ID + note.number, STATS[note.kind], note.recipient, "2611251000", "2611251001", key)
        return Deliver(
            _FIRST_ID + (key << 8), note.recipient, receipt.encode(self._version), self.account.source, form=0,
            is_report=True,
        )  # fmt: skip

    def _written(self, note: Written) -> Deliver:
        return Deliver(
            _FIRST_ID + note.number, note.sender, note.body.content(), self.account.source,
            with_header=note.body.part is not None,
        )  # fmt: skip

    def _took(self, packet: Packet) -> None:
        key = self._brought.pop(packet.sequence, None)
        if key is not None and Taken.decode(packet.body, self._version).result == 0:
            self.centre.took(key)
