"""What CMPP packets carry: SUBMIT, DELIVER and the status report inside a DELIVER, 2.0 and 3.0; pure bytes, no person.

Field widths that differ: 3.0 has telephone numbers of 32 octets with a type octet, and a LinkID of 20 for the eight
reserved octets.
"""

from dataclasses import dataclass, replace

from custodyd_drivers.cmpp.frames import Version, padded, shown
from custodyd_drivers.errors import Garbled
from custodyd_drivers.sms.body import Alphabet, Body
from custodyd_drivers.sms.octets import Octets

_ASCII, _BINARY, _UCS2, _GBK = 0, 4, 8, 15
_MOST_CONTENT = 140
_ALPHABETS = {_UCS2: Alphabet.UCS2}


@dataclass(frozen=True, slots=True)
class Tariff:
    """Who pays what for a message: Fee_UserType, Fee_terminal_Id, FeeType, FeeCode."""

    user: int = 2  # the service provider pays
    terminal: str = ""
    kind: str = "01"  # free of charge
    code: str = "000000"


@dataclass(frozen=True, slots=True)
class Submit:
    """From us to one recipient: one part. `source` is our access number (Src_Id), `content` header and text."""

    recipient: str
    content: bytes
    sp_id: str
    source: str
    service_id: str = ""
    tariff: Tariff = Tariff()
    total: int = 1
    number: int = 1
    with_header: bool = False
    form: int = _UCS2
    report: bool = True
    level: int = 1
    valid: str = ""
    at: str = ""

    def carrying(self, recipient: str, body: Body) -> "Submit":
        """The same to `recipient`, with one UCS-2 body."""
        total, number = (body.part.total, body.part.number) if body.part else (1, 1)
        long = body.part is not None
        return replace(self, recipient=recipient, content=body.content(), total=total, number=number, with_header=long)

    def encode(self, version: Version) -> bytes:
        """The body; raises Garbled for what does not fit its field."""
        if len(self.content) > _MOST_CONTENT:
            raise Garbled("content too long", len(self.content))
        newer = version is Version.V3
        return b"".join(
            (
                bytes(8),
                bytes([self.total, self.number, self.report, self.level]),
                padded(self.service_id, 10),
                bytes([self.tariff.user]),
                _terminal(self.tariff.terminal, version),
                bytes([0, self.with_header, self.form]),
                padded(self.sp_id, 6),
                padded(self.tariff.kind, 2),
                padded(self.tariff.code, 6),
                padded(self.valid, 17),
                padded(self.at, 17),
                padded(self.source, 21),
                b"\x01",
                _terminal(self.recipient, version),
                bytes([len(self.content)]),
                self.content,
                bytes(20 if newer else 8),
            )
        )

    @classmethod
    def decode(cls, body: bytes, version: Version) -> "Submit":
        """Read a body to one recipient, as a gateway does; raises Garbled."""
        octets = Octets(body)
        octets.take(8)
        total, number, report, level = octets.take(4)
        service_id, user = shown(octets.take(10)), octets.one()
        terminal = _take_terminal(octets, version)
        _, with_header, form = octets.take(3)
        sp_id = shown(octets.take(6))
        tariff = Tariff(user, terminal, shown(octets.take(2)), shown(octets.take(6)))
        valid, at, source = shown(octets.take(17)), shown(octets.take(17)), shown(octets.take(21))
        if octets.one() != 1:
            raise Garbled("SUBMIT to several recipients", len(body))
        recipient = _take_terminal(octets, version)
        content = octets.take(octets.one())
        _ended(octets, version, body)
        return cls(
            recipient, content, sp_id, source, service_id, tariff, total, number, bool(with_header), form, bool(report),
            level, valid, at,
        )  # fmt: skip

    @property
    def body(self) -> Body:
        """What it says."""
        return _body(self.content, self.form, with_header=self.with_header)


@dataclass(frozen=True, slots=True)
class Deliver:
    """From the gateway to us: a person's message, or a report (`is_report`) whose `content` is a `Receipt`."""

    msg_id: int
    sender: str
    content: bytes
    destination: str = ""
    service_id: str = ""
    with_header: bool = False
    form: int = _UCS2
    is_report: bool = False

    def encode(self, version: Version) -> bytes:
        """The body."""
        return b"".join(
            (
                self.msg_id.to_bytes(8, "big"),
                padded(self.destination, 21),
                padded(self.service_id, 10),
                bytes([0, self.with_header, self.form]),
                _terminal(self.sender, version),
                bytes([self.is_report, len(self.content)]),
                self.content,
                bytes(20 if version is Version.V3 else 8),
            )
        )

    @classmethod
    def decode(cls, body: bytes, version: Version) -> "Deliver":
        """Read a body; raises Garbled."""
        octets = Octets(body)
        msg_id = int.from_bytes(octets.take(8), "big")
        destination, service_id = shown(octets.take(21)), shown(octets.take(10))
        _, with_header, form = octets.take(3)
        sender = _take_terminal(octets, version)
        is_report = octets.one()
        content = octets.take(octets.one())
        _ended(octets, version, body)
        return cls(msg_id, sender, content, destination, service_id, bool(with_header & 1), form, bool(is_report))

    @property
    def body(self) -> Body:
        """What a person wrote; raises Garbled for a header that is none."""
        return _body(self.content, self.form, with_header=self.with_header)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's word on the SUBMIT taken as `msg_id`: `stat` of seven letters, times YYMMDDhhmm."""

    msg_id: int
    stat: str
    recipient: str
    submitted: str = ""
    done: str = ""
    sequence: int = 0

    def encode(self, version: Version) -> bytes:
        """The content of a DELIVER: 60 octets, 71 in 3.0."""
        head = self.msg_id.to_bytes(8, "big") + padded(self.stat, 7) + padded(self.submitted, 10)
        width = 32 if version is Version.V3 else 21
        return head + padded(self.done, 10) + padded(self.recipient, width) + self.sequence.to_bytes(4, "big")

    @classmethod
    def decode(cls, content: bytes) -> "Receipt":
        """Read a report's content, in either version's width: some 3.0 gateways keep the older one; raises Garbled."""
        if len(content) not in (60, 71):
            raise Garbled("no status report", len(content))
        octets = Octets(content)
        msg_id, stat = int.from_bytes(octets.take(8), "big"), shown(octets.take(7))
        submitted, done = shown(octets.take(10)), shown(octets.take(10))
        recipient = shown(octets.take(len(content) - 39))
        return cls(msg_id, stat, recipient, submitted, done, int.from_bytes(octets.rest(), "big"))


def _terminal(number: str, version: Version) -> bytes:
    """A telephone number; in 3.0 wider, and a type octet behind it, 0 = a real number."""
    return padded(number, 32) + b"\0" if version is Version.V3 else padded(number, 21)


def _take_terminal(octets: Octets, version: Version) -> str:
    if version is not Version.V3:
        return shown(octets.take(21))
    number = shown(octets.take(32))
    octets.one()
    return number


def _ended(octets: Octets, version: Version, body: bytes) -> None:
    if len(octets.rest()) != (20 if version is Version.V3 else 8):
        raise Garbled("packet of another length than its fields", len(body))


def _body(content: bytes, form: int, *, with_header: bool) -> Body:
    """A body whose units are UCS-2 or single octets; GBK becomes UCS-2, as handsets show it."""
    found = Body.of_content(content, _ALPHABETS.get(form, Alphabet.EIGHT_BIT), with_header=with_header)
    if form != _GBK:
        return found
    text = found.units.decode("gb18030", "replace")
    return replace(found, alphabet=Alphabet.UCS2, units=text.encode("utf-16-be"))
