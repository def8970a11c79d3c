"""Label sheets as PDF, ready for a printer with sticker paper; it must not know which things exist or who asks.

The QR codes are vectors, the Chinese captions carry a subset of a font of this machine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fpdf import FPDF

from custodyd.labels.codes import Kind
from custodyd.labels.fonts import Font, chinese
from custodyd.labels.pictures import QUIET, modules, runs
from custodyd.texts import Locale, say

A4_MM = (210.0, 297.0)
_EDGE_MM = 2.0  # office printers and hand-cut stickers wander by 1 to 2 mm
_LETTERS_PT = 9.0
_LINE_MM = 5.0
_POINT_MM = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Sticker:
    """One label: its `code` and the `lines` printed beside it."""

    code: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """How the stickers lie on an A4 sheet, centred, in millimetres; the common sheet is 3 x 8 of 70 x 37."""

    columns: int = 3
    rows: int = 8
    width_mm: float = 70.0
    height_mm: float = 37.0

    def __post_init__(self) -> None:
        width, height = A4_MM
        fits = self.columns * self.width_mm <= width and self.rows * self.height_mm <= height
        if min(self.columns, self.rows) < 1 or min(self.width_mm, self.height_mm) < 25 or not fits:
            raise ValueError("the stickers must be 25 mm or more and fit an A4 sheet")


def sticker(kind: Kind, code: str, id: str, case: str | None = None, locale: Locale = Locale.ZH) -> Sticker:
    """The sticker of one thing: what it is, its short `case` code, its own short id."""
    lines = (say(f"label.{kind.name.lower()}", locale), *([case] if case else []), id)
    return Sticker(code, lines)


def sheet(stickers: Sequence[Sticker], grid: Grid | None = None, *, skip: int = 0, font: Font | None = None) -> bytes:
    """A PDF with as many pages as needed, the first `skip` places left empty (a sheet used before).

    Raises FontMissing, and ValueError for a code that is no label, a grid that does not fit, a skip below zero.
    """
    grid = grid or Grid()
    if skip < 0:
        raise ValueError("skip counts the places that are used up")
    page = _blank(font or chinese())
    for one, (number, left, top) in zip(stickers, _places(grid, skip), strict=False):
        if number == 0 or page.page == 0:
            page.add_page()
        _draw(page, one, left, top, grid)
    return bytes(page.output())


def _blank(font: Font) -> FPDF:
    page = FPDF(format="A4", unit="mm")
    page.set_auto_page_break(auto=False)
    page.set_margin(0)
    page.add_font("label", fname=font.path, collection_font_number=font.number)
    page.set_font("label", size=_LETTERS_PT)
    page.set_fill_color(0)
    return page


def _places(grid: Grid, skip: int) -> Iterator[tuple[int, float, float]]:
    """For ever: (place on the page, left, top), row by row."""
    margin_left = (A4_MM[0] - grid.columns * grid.width_mm) / 2
    margin_top = (A4_MM[1] - grid.rows * grid.height_mm) / 2
    number = skip % (grid.columns * grid.rows)
    while True:
        row, column = divmod(number, grid.columns)
        yield number, margin_left + column * grid.width_mm, margin_top + row * grid.height_mm
        number = (number + 1) % (grid.columns * grid.rows)


def _draw(page: FPDF, one: Sticker, left: float, top: float, grid: Grid) -> None:
    symbol = modules(one.code)
    side = min(grid.height_mm, grid.width_mm / 2) - 2 * _EDGE_MM
    module = side / (len(symbol) + 2 * QUIET)
    x, y = left + _EDGE_MM, top + (grid.height_mm - side) / 2
    for row, column, length in runs(symbol):
        page.rect(x + (QUIET + column) * module, y + (QUIET + row) * module, length * module, module, style="F")
    room = grid.width_mm - side - 2 * _EDGE_MM
    first = top + grid.height_mm / 2 - (len(one.lines) - 1) * _LINE_MM / 2 + _LETTERS_PT * _POINT_MM / 3
    for index, line in enumerate(one.lines):
        page.text(x + side, first + index * _LINE_MM, _fitting(page, line, room))


def _fitting(page: FPDF, line: str, room: float) -> str:
    """The line as far as it fits, on one line, without control characters."""
    kept = "".join(letter for letter in line if letter.isprintable())
    while kept and page.get_string_width(kept) > room:
        kept = kept[:-1]
    return kept
