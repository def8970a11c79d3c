"""What SMPP PDUs carry: submit_sm and deliver_sm, of one layout, and delivery receipts; pure bytes, no person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from custodyd_drivers.errors import Garbled
from custodyd_drivers.smpp.frames import c_string, parameter, take_c_string, take_parameters
from custodyd_drivers.sms.body import Alphabet, Body
from custodyd_drivers.sms.octets import Octets

_HEADER = 0x40  # esm_class: the message begins with a user data header
_RECEIPT = 0x04
_TYPE = 0x3C
UCS2 = 8
RECEIPTED_ID, MESSAGE_STATE, PAYLOAD = 0x001E, 0x0427, 0x0424
STATES: Mapping[int, str] = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip
"""message_state (§5.2.28) as receipts write it."""
_TEXT = re.compile(rb"id:(?P<id>\S{1,64})\b.*?\bstat:(?P<stat>[A-Z]{5,8})", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """A number and its type: ton 1 = international, 0 = unknown, 5 = letters; npi 1 = telephone."""

    number: str
    ton: int = 0
    npi: int = 1

    @classmethod
    def of(cls, number: str) -> "Address":
        """A telephone number, international with +."""
        return cls(number.removeprefix("+"), int(number.startswith("+")))

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"+{self.number}" if self.ton == 1 else self.number

    def encode(self) -> bytes:
        """The three fields."""
        return bytes([self.ton, self.npi]) + c_string(self.number, 21)


@dataclass(frozen=True, slots=True)
class Message:
    """The body of submit_sm and of deliver_sm (§4.4.1, §4.6.1)."""

    source: Address
    destination: Address
    content: bytes
    esm_class: int = 0
    report: bool = False
    coding: int = UCS2
    service_type: str = ""
    parameters: Mapping[int, bytes] = field(default_factory=dict[int, bytes])

    def encode(self) -> bytes:
        """The body; raises Garbled for what does not fit its field."""
        if len(self.content) > 254:
            raise Garbled("content too long", len(self.content))
        addresses = c_string(self.service_type, 6) + self.source.encode() + self.destination.encode()
        flags = bytes([self.esm_class, 0, 0]) + b"\0\0" + bytes([self.report, 0, self.coding, 0, len(self.content)])
        return addresses + flags + self.content + b"".join(parameter(*one) for one in self.parameters.items())

    @classmethod
    def decode(cls, body: bytes) -> "Message":
        """Read a body; raises Garbled."""
        octets = Octets(body)
        service_type = take_c_string(octets)
        source, destination = _take_address(octets), _take_address(octets)
        esm_class = octets.take(3)[0]
        take_c_string(octets)
        take_c_string(octets)
        report, _, coding, _, length = octets.take(5)
        content = octets.take(length)
        parameters = take_parameters(octets.rest())
        whole = content or parameters.get(PAYLOAD, b"")
        return cls(source, destination, whole, esm_class, bool(report & 1), coding, service_type, parameters)

    @property
    def is_receipt(self) -> bool:
        """Whether it tells of a message of ours instead of carrying one."""
        return self.esm_class & _TYPE == _RECEIPT

    @property
    def body(self) -> Body:
        """What it says; raises Garbled for a header that is none."""
        return Body.of_content(self.content, _alphabet(self), with_header=bool(self.esm_class & _HEADER))


def _take_address(octets: Octets) -> Address:
    ton, npi = octets.take(2)
    return Address(take_c_string(octets), ton, npi)


def _alphabet(message: Message) -> Alphabet:
    if message.coding == UCS2:
        return Alphabet.UCS2
    # the default alphabet comes one septet an octet; an octet beyond it is of some other one
    return Alphabet.GSM7 if message.coding == 0 and max(message.content, default=0) < 0x80 else Alphabet.EIGHT_BIT


def carrying(source: Address, recipient: str, body: Body, service_type: str = "") -> Message:
    """A submit_sm of one UCS-2 body that asks for a receipt."""
    esm_class = _HEADER if body.part is not None else 0
    return Message(source, Address.of(recipient), body.content(), esm_class, True, UCS2, service_type)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's word on the message taken as `message_id`: `stat` as in `STATES`."""

    message_id: str
    stat: str

    @classmethod
    def of(cls, message: Message) -> "Receipt":
        """From the optional parameters, else from the text of appendix B; raises Garbled."""
        found = _TEXT.search(message.content)
        given = message.parameters.get(RECEIPTED_ID, b"").partition(b"\0")[0].decode("ascii", "replace")
        state = message.parameters.get(MESSAGE_STATE, b"")
        stat = STATES.get(state[0], "") if state else ""
        message_id = given or (found["id"].decode("ascii", "replace") if found else "")
        stat = stat or (found["stat"].decode("ascii").upper() if found else "")
        if not message_id or not stat:
            raise Garbled("no delivery receipt", len(message.content))
        return cls(message_id, stat)

    def text(self) -> bytes:
        """As centres write it (appendix B)."""
        delivered = int(self.stat == "DELIVRD")
        dates = "submit date:2611251000 done date:2611251001"
        return f"id:{self.message_id} sub:001 dlvrd:{delivered:03} {dates} stat:{self.stat} err:000 text:".encode()
