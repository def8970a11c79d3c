"""Reports from the command line."""

from pathlib import Path

from tests.daemon.cli.conftest import Served


def test_a_report_becomes_a_page_and_a_table_that_a_spreadsheet_reads(station: Served, tmp_path: Path) -> None:
    out = tmp_path / "month.html"
    told = station.tell("report", "month", "--out", str(out), lang="zh-CN")
    assert told.exit_code == 0, told.output
    assert "月考评" in out.read_text("utf-8")
    assert out.with_suffix(".csv").read_bytes().startswith(b"\xef\xbb\xbfabout,name,due")
    assert station.json("report", "day", "--out", str(out))["entered"]["seq"] > 0


def test_a_file_that_cannot_be_written_is_told(station: Served, tmp_path: Path) -> None:
    told = station.tell("report", "day", "--out", str(tmp_path / "none" / "day.html"))
    assert (told.exit_code, "→" in told.output) == (1, True)
