"""Label sheets: every sticker on its place, and a scanner reads what the printer prints."""

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from custodyd.cli.sheets import Grid, Sticker, sheet, sticker
from custodyd.labels.codes import Kind, fresh_id, make
from custodyd.texts import Locale

KEY = bytes(32)
DPI = 300
MM = DPI / 25.4


def stickers(count: int) -> list[Sticker]:
    ids = [fresh_id(number.to_bytes(5, "big")) for number in range(count)]
    return [sticker(Kind.DOSSIER, make(Kind.DOSSIER, id, 1, KEY), id, "K7Q2") for id in ids]


def printed(document: bytes, where: Path) -> list[Path]:
    pdftoppm = shutil.which("pdftoppm")
    assert pdftoppm, "pdftoppm is missing: apt-get install poppler-utils"
    (where / "sheet.pdf").write_bytes(document)
    subprocess.run(
        [pdftoppm, "-gray", "-r", "300", "-png", where / "sheet.pdf", where / "page"], check=True, timeout=50
    )
    return sorted(where.glob("page*.png"))


def scanned(page: Path) -> list[str]:
    """What a hand-held scanner reads, sticker by sticker: its window sees one place of the sheet at a time."""
    zbarimg = shutil.which("zbarimg")
    assert zbarimg, "zbarimg is missing: apt-get install zbar-tools"
    whole = Image.open(page)
    width, height, top = 70 * MM, 37 * MM, 0.5 * MM
    places = []
    for number in range(24):
        row, column = divmod(number, 3)
        left, upper = column * width, top + row * height
        places.append(page.with_name(f"{page.stem}-{number:02}.png"))
        whole.crop((round(left), round(upper), round(left + width), round(upper + height))).save(places[-1])
    told = subprocess.run([zbarimg, "-q", "--raw", *places], capture_output=True, text=True, timeout=50)
    return told.stdout.split()


@pytest.mark.foreign
def test_a_foreign_decoder_reads_every_sticker_in_its_place(tmp_path: Path) -> None:
    made = stickers(26)
    pages = printed(sheet(made, skip=1), tmp_path)
    assert [scanned(page) for page in pages] == [[one.code for one in made[:23]], [one.code for one in made[23:]]]


@pytest.mark.foreign
def test_the_captions_are_text_with_an_embedded_font(tmp_path: Path) -> None:
    pdftotext = shutil.which("pdftotext")
    assert pdftotext, "pdftotext is missing: apt-get install poppler-utils"
    (tmp_path / "sheet.pdf").write_bytes(sheet(stickers(1)))
    told = subprocess.run([pdftotext, tmp_path / "sheet.pdf", "-"], capture_output=True, text=True, timeout=30).stdout
    assert told.split() == ["卷宗", "K7Q2", "00000000"]


def test_only_the_letters_used_are_embedded() -> None:
    assert len(sheet(stickers(1))) < 100_000, "the whole font has millions of bytes"


def test_a_sticker_says_what_it_belongs_to_in_either_language() -> None:
    assert sticker(Kind.EXHIBIT, "x", "7K2M9QXA").lines == ("涉案财物", "7K2M9QXA")
    assert sticker(Kind.EXHIBIT, "x", "7K2M9QXA", "K7Q2", Locale.EN).lines == ("Exhibit", "K7Q2", "7K2M9QXA")


def test_a_line_that_is_too_long_is_cut_at_the_edge() -> None:
    code = stickers(1)[0].code
    assert sheet([Sticker(code, ("卷" * 1000, "a\nb"))]).startswith(b"%PDF")


@pytest.mark.parametrize("shape", [(4, 8, 70, 37), (3, 9, 70, 37), (0, 8, 70, 37), (3, 8, 20, 37), (3, 8, 70, 10)])
def test_a_grid_that_cannot_be_printed_is_refused(shape: tuple[int, int, float, float]) -> None:
    with pytest.raises(ValueError, match="A4"):
        Grid(*shape)


def test_a_negative_skip_is_refused() -> None:
    with pytest.raises(ValueError, match="skip"):
        sheet(stickers(1), skip=-1)
