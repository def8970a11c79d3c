"""Pictures of labels: sharp, captioned, and read by a foreign decoder."""

import shutil
import subprocess
import xml.etree.ElementTree as ET
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from custodyd.labels.codes import Kind, make
from custodyd.labels.fonts import INSTALL, FontMissing, chinese
from custodyd.labels.pictures import modules, png, runs, svg

CODE = make(Kind.DOSSIER, "7K2M9QXA", 9999, bytes(32))
CAPTIONS = ("卷宗 K7Q2", "7K2M9QXA")


def test_the_longest_label_fits_version_three() -> None:
    symbol = modules(CODE)
    assert len(symbol) == 29
    assert all(len(row) == 29 for row in symbol)


def test_runs_paint_exactly_the_dark_modules() -> None:
    symbol = modules(CODE)
    painted = {(y, x + step) for y, x, length in runs(symbol) for step in range(length)}
    assert painted == {(y, x) for y, row in enumerate(symbol) for x, dark in enumerate(row) if dark}


@pytest.mark.parametrize("text", ["", "卷宗", "lower", "A" * 48])
def test_what_is_no_label_is_not_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="no label"):
        modules(text)


@pytest.mark.foreign
@pytest.mark.parametrize("captions", [(), CAPTIONS])
def test_a_foreign_decoder_reads_the_picture(captions: tuple[str, ...], tmp_path: Path) -> None:
    zbarimg = shutil.which("zbarimg")
    assert zbarimg, "zbarimg is missing: apt-get install zbar-tools"
    (tmp_path / "label.png").write_bytes(png(CODE, captions))
    told = subprocess.run([zbarimg, "-q", "--raw", tmp_path / "label.png"], capture_output=True, text=True, timeout=30)
    assert told.stdout.split() == [CODE]


def test_a_caption_makes_the_picture_taller_and_leaves_ink() -> None:
    plain, told = (Image.open(BytesIO(png(CODE, captions))) for captions in ((), CAPTIONS))
    assert told.width == plain.width
    assert told.height > plain.height
    below = told.crop((0, plain.height, told.width, told.height))
    assert below.getextrema()[0] < 128


def test_a_hostile_caption_cannot_leave_its_place_in_the_document() -> None:
    document = ET.fromstring(svg(CODE, ('"/><script>x</script>', "a\x00b\ud800c")))
    assert [element.tag.rpartition("}")[2] for element in document] == ["rect", "path", "text", "text"]
    assert document[2].text == '"/><script>x</script>'
    assert document[3].text == "abc"


def test_a_machine_without_a_chinese_font_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="apt-get install") as told:
        chinese([tmp_path])
    assert told.value.install == INSTALL


def test_a_font_is_found_below_any_root(tmp_path: Path) -> None:
    place = tmp_path / "truetype" / "wqy" / "wqy-zenhei.ttc"
    place.parent.mkdir(parents=True)
    place.touch()
    assert chinese([tmp_path / "none", tmp_path]).path == place
