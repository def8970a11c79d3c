"""Pictures of one label: QR modules, SVG and PNG; the only door to qrcode. It must not know what a caption means."""

from collections.abc import Iterator, Sequence
from html import escape
from io import BytesIO
from itertools import groupby
from typing import Literal

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.exceptions import DataOverflowError
from qrcode.util import QRData

from custodyd.labels.fonts import Font, chinese

QUIET = 4  # modules of white around the symbol: ISO/IEC 18004
_ALPHANUMERIC: Literal[2] = 2  # mode indicator 0010: ISO/IEC 18004 table 2
_LINE = 4  # modules per line of caption
_LETTERS = 3.0  # modules of letter height: about 2 mm on a sticker

Modules = tuple[tuple[bool, ...], ...]
Run = tuple[int, int, int]  # row, column, length


def modules(code: str) -> Modules:
    """Rows of dark (True) and light modules without the quiet zone; ValueError for a code that is empty, outside QR's
    alphanumeric set or too long for a label.

    Error correction Q: a quarter of the symbol may be torn or dirty. A label fits version 3 (29 modules).
    """
    if not code:
        raise ValueError("an empty text is no label")
    symbol = qrcode.QRCode(version=3, error_correction=qrcode.ERROR_CORRECT_Q, border=0)
    try:
        symbol.add_data(QRData(code.encode("ascii"), mode=_ALPHANUMERIC))
        symbol.make(fit=False)
    except (DataOverflowError, ValueError) as exc:
        raise ValueError("this text is no label") from exc
    return tuple(tuple(bool(dark) for dark in row) for row in symbol.get_matrix())


def runs(symbol: Modules) -> Iterator[Run]:
    """Horizontal stretches of dark modules: what has to be painted."""
    for row, line in enumerate(symbol):
        column = 0
        for dark, stretch in groupby(line):
            length = len(list(stretch))
            if dark:
                yield row, column, length
            column += length


def svg(code: str, captions: Sequence[str] = ()) -> str:
    """One label as an SVG document, one unit per module, the captions below; ValueError as `modules`."""
    symbol = modules(code)
    width, height = _size(symbol, captions)
    path = "".join(f"M{QUIET + x} {QUIET + y}h{length}v1h-{length}z" for y, x, length in runs(symbol))
    lines = "".join(
        f'<text x="{width / 2}" y="{len(symbol) + 2 * QUIET + _LINE * index + _LETTERS}" text-anchor="middle" '
        f'font-size="{_LETTERS}" font-family="WenQuanYi Micro Hei, Noto Sans CJK SC, sans-serif">'
        f"{escape(_printable(caption))}</text>"
        for index, caption in enumerate(captions)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" shape-rendering="crispEdges">'
        f'<rect width="{width}" height="{height}" fill="#fff"/><path d="{path}"/>{lines}</svg>'
    )


def png(code: str, captions: Sequence[str] = (), *, scale: int = 8, font: Font | None = None) -> bytes:
    """One label as a PNG with `scale` pixels per module; ValueError as `modules`, FontMissing with captions."""
    symbol = modules(code)
    width, height = _size(symbol, captions)
    picture = Image.new("L", (width * scale, height * scale), 255)
    pen = ImageDraw.Draw(picture)
    for row, column, length in runs(symbol):
        x, y = (QUIET + column) * scale, (QUIET + row) * scale
        pen.rectangle((x, y, x + length * scale - 1, y + scale - 1), fill=0)
    if captions:
        _write(pen, captions, (len(symbol) + 2 * QUIET) * scale, (width * scale) / 2, scale, font or chinese())
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _write(
    pen: ImageDraw.ImageDraw, captions: Sequence[str], top: float, middle: float, scale: int, font: Font
) -> None:
    letters = ImageFont.truetype(str(font.path), _LETTERS * scale, index=font.number)
    for index, caption in enumerate(captions):
        pen.text((middle, top + index * _LINE * scale), _printable(caption), fill=0, font=letters, anchor="ma")


def _size(symbol: Modules, captions: Sequence[str]) -> tuple[int, int]:
    side = len(symbol) + 2 * QUIET
    return side, side + _LINE * len(captions)


def _printable(caption: str) -> str:
    """A caption as one line: control characters would break the document."""
    return "".join(letter for letter in caption if letter.isprintable())
