"""What happens to devices as such: who proved to be there, when we were blind, what had to be recycled."""

from typing import ClassVar

from custodyd.model.entry import Fact


class DeviceIdentified(Fact, frozen=True, kw_only=True):
    """The entry's device proved who it is by `proof` (serial, token, address, path) with `value`."""

    kind: ClassVar[str] = "device.identified"
    proof: str
    value: str
    model: str = ""


class DeviceMistaken(Fact, frozen=True, kw_only=True):
    """Another device answered than the configured one, or it refused us; no command was sent to it."""

    kind: ClassVar[str] = "device.refused"
    reason: str


class BlindBegan(Fact, frozen=True, kw_only=True):
    """Nothing is known of the device from now on; `reason` is a short fact. `last` = last proven exchange, if any."""

    kind: ClassVar[str] = "device.blind.began"
    reason: str
    last: int | None = None


class BlindEnded(Fact, frozen=True, kw_only=True):
    """The device is seen again after `seconds`."""

    kind: ClassVar[str] = "device.blind.ended"
    seconds: int


class DeviceRecycled(Fact, frozen=True, kw_only=True):
    """A hung driver was abandoned; `abandoned` threads of it have not ended so far."""

    kind: ClassVar[str] = "device.recycled"
    abandoned: int


FACTS = (DeviceIdentified, DeviceMistaken, BlindBegan, BlindEnded, DeviceRecycled)
