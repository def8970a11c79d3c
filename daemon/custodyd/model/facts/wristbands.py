"""What wristbands and their receivers tell: heard, unknown, lost, straps, buttons, batteries, deaf radios.

The entry's `object` is the wristband, `device` the receiver that heard it. Nothing here says who wears one.
"""

from typing import ClassVar, Literal

from custodyd.model.entry import Fact

Press = Literal["single", "double", "triple", "long", "press"]


class WristbandHeard(Fact, frozen=True, kw_only=True):
    """The wristband is heard and watched from now on: for the first time, or again after its loss was explained.

    `proof`: counter = a number in the advert moved on; advert = the radio received one; connection = it answered.
    """

    kind: ClassVar[str] = "wristband.heard"
    proof: Literal["counter", "advert", "connection"]


class WristbandUnknown(Fact, frozen=True, kw_only=True):
    """Nothing is known of the wristband from now on. `last` = when it was heard last in this run.

    `why`: silent = it was not heard while a receiver hears, as far as was known then; receiver = no receiver hears;
    start = the daemon began a run and had heard it in the one before.
    """

    kind: ClassVar[str] = "wristband.unknown.began"
    why: Literal["silent", "receiver", "start"]
    last: int | None = None


class WristbandKnown(Fact, frozen=True, kw_only=True):
    """The wristband is heard again after `seconds`."""

    kind: ClassVar[str] = "wristband.unknown.ended"
    seconds: int


class WristbandLost(Fact, frozen=True, kw_only=True):
    """A receiver hears and the wristband was silent for `seconds`: an incident until it is heard or explained."""

    kind: ClassVar[str] = "wristband.lost.began"
    seconds: int


class WristbandFound(Fact, frozen=True, kw_only=True):
    """The lost wristband is heard again after `seconds`."""

    kind: ClassVar[str] = "wristband.lost.ended"
    seconds: int


class StrapOpened(Fact, frozen=True, kw_only=True):
    """The strap opened. `how`: cut = told for a moment, state = told as a state, skin = off the skin. An incident."""

    kind: ClassVar[str] = "wristband.strap.opened"
    how: Literal["cut", "state", "skin"]


class StrapClosed(Fact, frozen=True, kw_only=True):
    """The strap tells that it is closed; what opened it is still to be explained."""

    kind: ClassVar[str] = "wristband.strap.closed"


class SosPressed(Fact, frozen=True, kw_only=True):
    """The wearer pressed the button. An incident until a person explains it."""

    kind: ClassVar[str] = "wristband.sos.pressed"
    press: Press


class BatteryLow(Fact, frozen=True, kw_only=True):
    """The battery has `percent` left. An incident until it has more."""

    kind: ClassVar[str] = "wristband.battery.low.began"
    percent: int


class BatteryGood(Fact, frozen=True, kw_only=True):
    """The battery has enough again."""

    kind: ClassVar[str] = "wristband.battery.low.ended"
    percent: int


class AdvertsRepeated(Fact, frozen=True, kw_only=True):
    """Somebody plays old adverts of a wristband that speaks under a key; they did not count. An incident."""

    kind: ClassVar[str] = "wristband.adverts.repeated"


class ReceiverDeaf(Fact, frozen=True, kw_only=True):
    """The entry's device did not hear its reference beacon for `seconds`, or, without one, nothing at all: an incident.

    No wristband is lost by that; all that it alone hears become unknown.
    """

    kind: ClassVar[str] = "receiver.deaf.began"
    seconds: int


class ReceiverHears(Fact, frozen=True, kw_only=True):
    """The deaf receiver hears again after `seconds`."""

    kind: ClassVar[str] = "receiver.deaf.ended"
    seconds: int


FACTS = (
    WristbandHeard,
    WristbandUnknown,
    WristbandKnown,
    WristbandLost,
    WristbandFound,
    StrapOpened,
    StrapClosed,
    SosPressed,
    BatteryLow,
    BatteryGood,
    AdvertsRepeated,
    ReceiverDeaf,
    ReceiverHears,
)
