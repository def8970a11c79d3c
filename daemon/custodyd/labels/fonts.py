"""Finding a Chinese font on this machine for pictures and sheets; it knows the usual places, no label."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INSTALL = "apt-get install -y --no-install-recommends fonts-wqy-microhei"

# TrueType outlines only: they can be embedded as a small subset. Debian's and Ubuntu's packages fonts-wqy-microhei,
# fonts-wqy-zenhei, fonts-droid-fallback, fonts-arphic-uming; `number` is the face inside a collection.
_PLACES: tuple[tuple[str, int], ...] = (
    ("truetype/wqy/wqy-microhei.ttc", 0),
    ("truetype/wqy/wqy-zenhei.ttc", 0),
    ("truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("truetype/arphic/uming.ttc", 0),
)
ROOTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


class FontMissing(Exception):
    """No Chinese font was found; `install` is the line that brings one."""

    def __init__(self) -> None:
        super().__init__(f"no Chinese font was found; type: sudo {INSTALL}")
        self.install = INSTALL


@dataclass(frozen=True, slots=True)
class Font:
    """A font file and the `number` of the face inside it."""

    path: Path
    number: int


def chinese(roots: Sequence[Path] = ROOTS) -> Font:
    """The first known Chinese font below `roots`; raises FontMissing."""
    for root in roots:
        for place, number in _PLACES:
            if (root / place).is_file():
                return Font(root / place, number)
    raise FontMissing
