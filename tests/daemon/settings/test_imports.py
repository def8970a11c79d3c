"""Case platforms in devices.toml: mistakes are named, changes taken up, and the fields are those that exist."""

from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from custodyd.imports.fields import FIELDS
from custodyd.settings import load
from custodyd.settings.mistakes import Mistakes
from custodyd.settings.plan import plan
from custodyd.settings.sandbox import addresses
from custodyd.settings.shape import Columns

DEVICES = Path(__file__).parents[3] / "devices.toml"
GOOD = """
[import.platform]
label = "模拟平台"
dialect = "postgresql"
host = "192.0.2.7"
database = "zfba"
user = "reader"
views = { case = "zfba.v_case" }
[import.platform.columns.case]
"案件号" = "code"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "devices.toml"
    file.write_text(DEVICES.read_text("utf-8") + text, "utf-8")
    return file


def test_a_platform_is_read_and_its_address_let_through(tmp_path: Path) -> None:
    found = load(written(tmp_path, GOOD))
    assert found.imports["platform"].columns.case == {"案件号": "code"}
    assert "192.0.2.7" in addresses(found)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('dialect = "postgresql"', 'dialect = "oracle"', "import.platform.dialect"),
        ('host = "192.0.2.7"', "", "import.platform.host"),
        ('user = "reader"', "", "import.platform.user"),
        ('{ case = "zfba.v_case" }', "{}", "import.platform.views"),
        ("zfba.v_case", "v; DROP TABLE t", "import.platform.views.case"),
        ('= "code"', '= "colour"', 'import.platform.columns.case."案件号"'),
        ("user =", 'roles = ["wizard"]\nuser =', "import.platform.roles[0]"),
    ],
)
def test_a_mistake_is_named_at_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(Mistakes) as told:
        load(written(tmp_path, GOOD.replace(old, new)))
    assert [mistake.key for mistake in told.value.list] == [key]


def test_a_platform_that_comes_or_changes_is_taken_up_live(tmp_path: Path) -> None:
    before = load(DEVICES)
    after = load(written(tmp_path, GOOD))
    assert [(one.name, one.what, one.effect) for one in plan(before, after).changes] == [
        ("import.platform", "added", "live")
    ]


def test_the_fields_of_the_settings_are_those_of_the_rows() -> None:
    hints = get_type_hints(Columns)
    fields = {kind: get_args(get_args(hints[kind])[1]) for kind in FIELDS}
    assert fields == {kind: tuple(field.name for field in of) for kind, of in FIELDS.items()}
