"""Names of segments: bureau, station and number; it must not know storage or keys."""

import re
from dataclasses import dataclass

_PART = re.compile(r"[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the record belongs: bureau and station, parts of [a-z0-9.-]; raises ValueError for anything else."""

    bureau: str
    station: str
    simulated: bool = False

    def __post_init__(self) -> None:
        for part in (self.bureau, self.station):
            if not _PART.fullmatch(part):
                raise ValueError(f"{part!r} cannot be part of an origin: use a-z, 0-9, dot and hyphen")

    def of(self, segment: str) -> str:
        """The origin of a segment: `custodyd/<bureau>/<station>/<segment>`."""
        prefix = "sim.custodyd" if self.simulated else "custodyd"
        return f"{prefix}/{self.bureau}/{self.station}/{segment}"
