"""What devices report: facts, without time (the daemon stamps them); it knows no verb."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Report:
    """Root of everything that a device reports of itself."""


@dataclass(frozen=True, slots=True)
class Answered(Report):
    """The device answered an exchange: it is alive now. Sent for polls that found nothing new."""


@dataclass(frozen=True, slots=True)
class FingerMatched(Report):
    """A finger matched the template in `slot` with the module's unit-less `score`."""

    slot: int
    score: int


@dataclass(frozen=True, slots=True)
class FingerUnknown(Report):
    """A readable finger that matches no template."""


@dataclass(frozen=True, slots=True)
class FingerUnreadable(Report):
    """A finger lay on the glass but gave no usable picture; `reason` is dry, wet, messy, poor or small."""

    reason: str


@dataclass(frozen=True, slots=True)
class FingerLifted(Report):
    """The glass is free again."""


@dataclass(frozen=True, slots=True)
class DoorOpened(Report):
    """The contact of `door` (1-based channel of the bank) went from closed to open, or was found open at the start."""

    door: int
    found: bool = False


@dataclass(frozen=True, slots=True)
class DoorClosed(Report):
    """The contact of `door` went from open to closed, or was found closed at the start."""

    door: int
    found: bool = False


@dataclass(frozen=True, slots=True)
class CodeScanned(Report):
    """A code was read; `text` is hostile until checked, at most the configured length."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeUnreadable(Report):
    """Something was scanned that is no code: `reason` is overlong, halting (ended by silence) or undecodable."""

    reason: str
    length: int


@dataclass(frozen=True, slots=True)
class MessageDelivered(Report):
    """The network's last word on a part handed over as `reference`; `status` is the TP-ST octet."""

    reference: int
    recipient: str
    status: int

    @property
    def arrived(self) -> bool:
        """Whether the handset has it (3GPP TS 23.040 §9.2.3.15: 00 received by the SME)."""
        return self.status == 0

    @property
    def final(self) -> bool:
        """Whether no further report will follow (20 to 3F: the service centre is still trying)."""
        return not 0x20 <= self.status <= 0x3F


@dataclass(frozen=True, slots=True)
class MessageAcceptedLate(Report):
    """A part whose hand-over had ended in `Unanswered` was taken by the network after all, as `reference`.

    `handover` is the error's; each is reported once.
    """

    reference: int
    handover: int


@dataclass(frozen=True, slots=True)
class MessageReceived(Report):
    """A text message came in; sender and text are hostile."""

    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class SignalChanged(Report):
    """The modem's network: `registered` and quality 0 to 31, or None when unknown."""

    registered: bool
    quality: int | None


@dataclass(frozen=True, slots=True)
class BandHeard(Report):
    """A wristband sent an advert just now, at most one report in a while: `rssi` in dBm, `battery` in percent.

    `proof` = counter: a number in the advert moved on; advert: the radio service handed over a received advert whose
    content tells nothing of its age; connection: it answered over one (`rssi` as heard last). A mere change of what the
    service keeps about the band is no report.
    """

    band: str
    rssi: int
    proof: Literal["counter", "advert", "connection"]
    battery: int | None = None


@dataclass(frozen=True, slots=True)
class StrapOpened(Report):
    """The strap is open: `how` = it told so for a moment (cut), it tells so as a state (state), off the skin (skin)."""

    band: str
    how: Literal["cut", "state", "skin"]


@dataclass(frozen=True, slots=True)
class StrapClosed(Report):
    """The strap tells as a state, for some seconds now, that it is closed; a band without such a state never does."""

    band: str


@dataclass(frozen=True, slots=True)
class SosPressed(Report):
    """The wearer pressed the button; `press` is single, double, triple, long, or press where the band cannot tell."""

    band: str
    press: Literal["single", "double", "triple", "long", "press"]


@dataclass(frozen=True, slots=True)
class HeartRate(Report):
    """Beats per minute; `contact` with the skin, None where the sensor cannot tell. Never proof of well-being."""

    band: str
    bpm: int
    contact: bool | None = None


@dataclass(frozen=True, slots=True)
class SkinTemperature(Report):
    """Hundredths of °C at the skin or near it, which is no body temperature."""

    band: str
    hundredths: int


@dataclass(frozen=True, slots=True)
class BandRepeated(Report):
    """Adverts under the band's key come with a counter that went back: somebody plays old ones; they do not count."""

    band: str


@dataclass(frozen=True, slots=True)
class ReceiverDeaf(Report):
    """The reference beacon (where there is none: anything) was not heard for `seconds`: silence means nothing now."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ReceiverHears(Report):
    """The reference beacon (where there is none: something) is heard; told at the start and after ReceiverDeaf."""
