"""Files of the case platform from the command line."""

from pathlib import Path

import pytest
from tests.daemon.cli.conftest import Served

OFFICERS = "警号,姓名,手机号\n031001,模拟甲,13900000001\n"
CASES = "案件编号,受案时间,主办民警警号\nA3301,2026-11-20 08:30,031001\nA3302,2026-11-20,031001\n"


def files(folder: Path) -> tuple[str, str]:
    officers, cases = folder / "officers.csv", folder / "cases.csv"
    officers.write_bytes(OFFICERS.encode("gb18030"))
    cases.write_text(CASES, "utf-8-sig")
    return str(officers), str(cases)


def test_a_preview_and_the_import_list_bad_rows_by_the_files_own_headers(station: Served, tmp_path: Path) -> None:
    given = files(tmp_path)
    shown = station.tell("import", "preview", *given)
    assert shown.exit_code == 1
    assert "Preview: 2 new, 0 changed, 0 unchanged, 1 refused." in shown.output
    line = next(line for line in shown.output.splitlines() if line.startswith("3 "))
    assert "受案时间" in line
    assert "a date without a time of day starts no clock" in line
    done = station.tell("import", "apply", *given, lang="zh-CN")
    assert "导入：新增2行，变更0行，无变化0行，拒绝1行。" in done.output
    again = station.tell("import", "apply", given[0])
    assert (again.exit_code, "0 new, 0 changed, 1 unchanged" in again.output) == (0, True)
    assert "模拟甲" not in shown.output + done.output
    assert station.json("import", "sources")[0]["source"] == "csv"
    assert "csv" in station.tell("import").output


def test_columns_that_are_not_taken_are_named(station: Served, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("警号,姓名,备注\n031001,模拟甲,无\n", "utf-8")
    assert "Columns not taken: 备注" in station.tell("import", "preview", str(file)).output


def test_a_unit_maps_its_own_headers(station: Served, tmp_path: Path) -> None:
    file, columns = tmp_path / "a.csv", tmp_path / "columns.toml"
    file.write_text("JH,XM\n031001,模拟甲\n", "utf-8")
    columns.write_text('[officer]\nJH = "badge"\nXM = "name"\n', "utf-8")
    assert station.json("import", "preview", str(file), "--columns", str(columns))["new"] == 1
    columns.write_text("[officer", "utf-8")
    assert "is no mapping of columns" in station.tell("import", "preview", str(file), "--columns", str(columns)).output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("警号,姓名\n", "holds no row"),
        ("foo,bar\n1,2\n", "do not tell"),
        ("警号,姓名\n" + "1,模拟\n" * 2001, "have 2001 rows"),
        ('警号,姓名\n"1,模拟\n', "from row 2 on"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_with_a_next_step(
    station: Served, tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content, "utf-8")
    told = station.tell("import", "apply", str(file))
    assert told.exit_code == 1
    assert sentence in told.output
    assert "→" in told.output


def test_two_files_of_one_kind_and_a_missing_file_are_told(station: Served, tmp_path: Path) -> None:
    officers, _ = files(tmp_path)
    assert "same kind of rows" in station.tell("import", "apply", officers, officers).output
    assert "cannot be read" in station.tell("import", "apply", str(tmp_path / "none.csv")).output
