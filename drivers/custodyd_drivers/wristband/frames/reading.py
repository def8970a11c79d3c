"""What one frame says about a band, whatever its maker; it must not know any format."""

from dataclasses import dataclass, fields, replace
from typing import Literal

Press = Literal["single", "double", "triple", "long", "press"]
"""How a button was pressed; `press` where the frame does not tell."""
Event = Literal["cut", "single", "double", "triple", "long", "press"]
"""What happened, as long as the band goes on saying so: the strap was cut, or a button was pressed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """None = the frame does not speak of it. Units: percent, millivolts, hundredths of °C, beats per minute.

    `strap_open` is a state that lasts; `event` is said for some seconds only. `counter` rises with every advert that
    is not a repetition; `sealed` = it stood under a key, so nobody else can have made it.
    """

    strap_open: bool | None = None
    event: Event | None = None
    battery: int | None = None
    millivolts: int | None = None
    temperature: int | None = None
    heart_rate: int | None = None
    contact: bool | None = None
    moving: bool | None = None
    counter: int | None = None
    sealed: bool = False

    def joined(self, other: "Reading") -> "Reading":
        """Both frames of one advert; where both speak of the same, `other` counts."""
        said = {field.name: value for field in fields(other) if (value := getattr(other, field.name)) is not None}
        return replace(self, **{**said, "sealed": self.sealed and other.sealed})


SILENT = Reading()
"""A frame that proves that the band is there and says nothing else."""
