"""Short messages as a modem takes and gives them: SUBMIT, DELIVER, STATUS-REPORT (3GPP TS 23.040 §9.2.2); no AT.

A PDU is the service centre's address followed by the TPDU; `AT+CMGS` and the modem's headers count the TPDU alone
(3GPP TS 27.005 §3.1). Nothing here raises anything but Garbled, whatever the bytes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from custodyd_drivers.errors import Garbled
from custodyd_drivers.gsm_modem.fields import (
    decode_timestamp,
    encode_address,
    encode_smsc,
    encode_timestamp,
    take_address,
)
from custodyd_drivers.sms.body import Body, join, segments, split
from custodyd_drivers.sms.octets import Octets

__all__ = ["Deliver", "StatusReport", "Submit", "join", "received", "segments", "submits", "validity_octet"]

_TYPE = 0x03  # TP-MTI
_NO_MORE = 0x04  # TP-MMS: nothing more waits at the service centre
_REPORT = 0x20  # TP-SRR
_HEADER = 0x40  # TP-UDHI
_VALIDITY = 0x18  # TP-VPF
_RELATIVE = 0x10
_VALIDITY_OCTETS = {0x00: 0, 0x08: 7, 0x10: 1, 0x18: 7}


@dataclass(frozen=True, slots=True)
class Submit:
    """From us to the network. `validity` is the TP-VP octet of the relative format, None = the centre's own choice."""

    KIND: ClassVar[int] = 1
    recipient: str
    body: Body
    report: bool = True
    validity: int | None = None
    reference: int = 0

    def tpdu(self) -> bytes:
        """The octets that `AT+CMGS` counts."""
        first = self.KIND | (_REPORT if self.report else 0) | (_HEADER if self.body.part else 0)
        validity = b"" if self.validity is None else bytes([self.validity])
        head = bytes([first | (_RELATIVE if validity else 0), self.reference]) + encode_address(self.recipient)
        return head + bytes([0, self.body.alphabet]) + validity + self.body.encode()

    @classmethod
    def decode(cls, tpdu: bytes) -> "Submit":
        """Read a SUBMIT, as a network does; raises Garbled."""
        octets = Octets(tpdu)
        first, reference = octets.one(), octets.one()
        if first & _TYPE != cls.KIND:
            raise Garbled("no SUBMIT", len(tpdu))
        recipient = take_address(octets)
        _, scheme = octets.one(), octets.one()
        validity = octets.take(_VALIDITY_OCTETS[first & _VALIDITY])
        body = Body.take(octets, scheme, with_header=bool(first & _HEADER))
        relative = validity[0] if first & _VALIDITY == _RELATIVE else None
        return cls(recipient, body, bool(first & _REPORT), relative, reference)


@dataclass(frozen=True, slots=True)
class Deliver:
    """From a person to us; `sent` is None when the centre's date is no date."""

    KIND: ClassVar[int] = 0
    sender: str
    body: Body
    sent: datetime | None = None

    def tpdu(self) -> bytes:
        """The octets that a modem counts in `+CMT` and `+CMGR`."""
        first = self.KIND | _NO_MORE | (_HEADER if self.body.part else 0)
        moment = encode_timestamp(self.sent) if self.sent else bytes(7)
        return (
            bytes([first]) + encode_address(self.sender) + bytes([0, self.body.alphabet]) + moment + self.body.encode()
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> "Deliver":
        """Read a DELIVER; raises Garbled."""
        octets = Octets(tpdu)
        first = octets.one()
        if first & _TYPE != cls.KIND:
            raise Garbled("no DELIVER", len(tpdu))
        sender = take_address(octets)
        _, scheme = octets.one(), octets.one()
        sent = decode_timestamp(octets.take(7))
        return cls(sender, Body.take(octets, scheme, with_header=bool(first & _HEADER)), sent)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The network's word on the SUBMIT that it took as `reference`: `status` is TP-ST (§9.2.3.15)."""

    KIND: ClassVar[int] = 2
    reference: int
    recipient: str
    status: int
    sent: datetime | None = None
    discharged: datetime | None = None

    def tpdu(self) -> bytes:
        """The octets that a modem counts in `+CDS` and `+CMGR`."""
        moments = [encode_timestamp(moment) if moment else bytes(7) for moment in (self.sent, self.discharged)]
        head = bytes([self.KIND | _NO_MORE, self.reference]) + encode_address(self.recipient)
        return head + b"".join(moments) + bytes([self.status])

    @classmethod
    def decode(cls, tpdu: bytes) -> "StatusReport":
        """Read a STATUS-REPORT; what may follow TP-ST is not needed; raises Garbled."""
        octets = Octets(tpdu)
        first, reference = octets.one(), octets.one()
        if first & _TYPE != cls.KIND:
            raise Garbled("no STATUS-REPORT", len(tpdu))
        recipient = take_address(octets)
        sent, discharged = decode_timestamp(octets.take(7)), decode_timestamp(octets.take(7))
        return cls(reference, recipient, octets.one(), sent, discharged)


def validity_octet(hours: int) -> int:
    """TP-VP of the relative format for at least `hours` (§9.2.3.12.1), from five minutes to 63 weeks."""
    minutes = hours * 60
    if minutes <= 720:
        return max(0, -(-minutes // 5) - 1)
    if minutes <= 1440:
        return 143 + -(-(minutes - 720) // 30)
    days = -(-hours // 24)
    if days <= 30:
        return 166 + days
    return min(255, 192 + max(5, -(-days // 7)))


def submits(
    recipient: str, text: str, *, reference: int = 0, validity: int | None = None, report: bool = True
) -> tuple[Submit, ...]:
    """The SUBMITs of a text, each asking for its own report; `reference` ties the parts; raises Garbled above 255."""
    return tuple(Submit(recipient, body, report, validity) for body in split(text, reference))


def with_smsc(tpdu: bytes, smsc: str | None = None) -> str:
    """The hexadecimal PDU that goes over the AT line."""
    return (encode_smsc(smsc) + tpdu).hex().upper()


def without_smsc(pdu: str) -> bytes:
    """The TPDU in a hexadecimal PDU; raises Garbled."""
    try:
        octets = Octets(bytes.fromhex(pdu))
    except ValueError as exc:
        raise Garbled("no hexadecimal PDU", len(pdu)) from exc
    octets.take(octets.one())
    return octets.rest()


def received(pdu: str) -> Deliver | StatusReport:
    """What a modem gave: a message or a report; raises Garbled."""
    tpdu = without_smsc(pdu)
    kind = Octets(tpdu).one() & _TYPE
    return StatusReport.decode(tpdu) if kind == StatusReport.KIND else Deliver.decode(tpdu)
