"""What can go wrong with a device, one leaf per thing the caller would do differently; it must not know any library.

DeviceError
├── LinkLost        the wire is gone: close everything, open anew
│   └── NoReply     the wire is there, the device says nothing: unknown, never fine
│       └── Unanswered  a message was being handed over: never again, but its answer may still come
├── Garbled         bytes came that cannot be an answer: ask again if it was a question, never if it was an act
└── Refused         the device understood and said no: tell the person, do not repeat
"""


class DeviceError(Exception):
    """Root of everything a driver raises; `fact` is a short English phrase without personal data."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


class LinkLost(DeviceError):
    """The wire or its far end is gone; this driver object is of no further use."""


class NoReply(LinkLost):
    """The device stayed silent for `waited_s` seconds of elapsed time; whether it acted is unknown."""

    def __init__(self, fact: str, waited_s: float) -> None:
        super().__init__(fact)
        self.waited_s = waited_s


class Unanswered(NoReply):
    """The hand-over of a message's part was not answered; the parts `handed` (their references) had left before it.

    `left` parts were surely not handed over. `handover` comes back in `MessageAcceptedLate`, should the answer come.
    """

    def __init__(self, cause: NoReply, handed: tuple[int, ...], left: int, handover: int) -> None:
        super().__init__(cause.fact, cause.waited_s)
        self.handed = handed
        self.left = left
        self.handover = handover


class Garbled(DeviceError):
    """An answer failed its checksum, length or grammar; `length` is how many bytes were seen (kept nowhere)."""

    def __init__(self, fact: str, length: int = 0) -> None:
        super().__init__(fact)
        self.length = length


class Refused(DeviceError):
    """The device answered with its own error `code` (as in the maker's manual); `lasting` = repeating is useless."""

    def __init__(self, fact: str, code: int | None = None, *, lasting: bool = False) -> None:
        super().__init__(fact)
        self.code = code
        self.lasting = lasting
