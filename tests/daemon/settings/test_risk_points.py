"""The catalogue of risk points is whole, and a unit's own file is checked so that every mistake is told at once."""

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from custodyd.cli.control import main
from custodyd.law.risk_openings import EVENTS
from custodyd.law.risk_points import COLOURS, PointChange, differences
from custodyd.model.facts import KINDS
from custodyd.settings.lawbook import shipped
from custodyd.settings.mistakes import Mistakes
from custodyd.settings.risk_points import beside, catalogue, risk_points

SHIPPED = catalogue()


def own(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "risk_points.toml"
    file.write_text(text, "utf-8")
    return file


def mistakes(file: Path, **more: object) -> list[tuple[int, str]]:
    with pytest.raises(Mistakes) as raised:
        risk_points(file, limits=shipped().limits, **more)  # type: ignore[arg-type]  # check_dead only
    assert all(one.text["zh-CN"] and one.text["en"] for one in raised.value.list)
    return [(one.line, one.key) for one in raised.value.list]


def test_the_catalogue_has_its_88_points_and_18_more_that_are_off() -> None:
    assert len(SHIPPED.enabled) == 88
    assert len(SHIPPED.points) == 106
    areas = Counter(point.area for point in SHIPPED.enabled)
    assert areas == {"calls": 14, "cases": 32, "premises": 22, "property": 12, "dossiers": 8}


def test_every_limit_and_every_role_that_the_catalogue_names_exists() -> None:
    assert risk_points(None, limits=shipped().limits) == SHIPPED


def test_ladders_climb_and_red_tells_all_four() -> None:
    for point in SHIPPED.points.values():
        colours = [rung.colour for rung in point.ladder.rungs]
        assert colours == [colour for colour in COLOURS if colour in colours]
        assert set(point.ladder.rungs[-1].tell) == {"case-officer", "legal-officer", "unit-leader", "clerk"}
        assert (point.ladder.counts == "left") == (point.opens == "deadline")


def test_what_opens_points_are_kinds_that_exist_and_points_that_exist() -> None:
    assert {one.kind for one in EVENTS} <= set(KINDS)
    assert {kind for one in EVENTS for kind in one.over} <= set(KINDS)
    assert {one.point for one in EVENTS} <= set(SHIPPED.points)
    assert {one.ladder for one in EVENTS if one.ladder} <= set(SHIPPED.ladders)


def test_a_unit_disables_edits_and_adds(tmp_path: Path) -> None:
    file = own(
        tmp_path,
        """
[point.CS-18]
enabled = false
[point.JQ-01.tell]
blue = ["clerk"]
[point.XX-01]
zh = "本单位的源点"
en = "A point of the unit"
area = "premises"
opens = "event"
trigger = "seen by people"
ladder = "EVC"
basis = "local rule"
status = "ours"
""",
    )
    found = risk_points(file)
    assert beside(tmp_path / "devices.toml") == file
    assert differences(SHIPPED, found) == (
        PointChange("CS-18", "changed", ("enabled",)),
        PointChange("JQ-01", "changed", ("ladder",)),
        PointChange("XX-01", "added"),
    )
    assert differences(found, SHIPPED)[-1] == PointChange("XX-01", "removed")
    assert found.digest != SHIPPED.digest
    said = CliRunner().invoke(main, ["--lang", "en", "risks", "diff", str(file)])
    assert said.exit_code == 0
    assert "changed CS-18\n    enabled: True → False" in said.output
    assert found.digest in said.output
    as_json = CliRunner().invoke(main, ["--json", "risks", "diff", str(file)])
    assert '"what": "added"' in as_json.output


def test_a_file_without_a_change_has_the_catalogues_digest(tmp_path: Path) -> None:
    assert risk_points(own(tmp_path, "# nothing\n")).digest == SHIPPED.digest
    assert beside(tmp_path / "elsewhere" / "devices.toml") is None


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = own(
        tmp_path,
        """[point.JQ-01.tell]
red = []
blue = ["clerck"]
pink = ["clerk"]
[point.AJ-01]
ladder = "EVC"
limits = ["crim-summons-13h"]
[point.XX-01]
zh = "测"
ladder = "EVQ"
[point.cs-1]
[ladder.EVC]
seconds = { red = 0 }
[ladder.EVA]
tell = { red = [], green = ["clerk"] }
[ladder.ZZ]
counts = "after"
seconds = { blue = 0 }
[ladder.YY]
seconds = { red = 0 }
tell = { red = ["clerk"] }
[point.XX-02]
ladder = 3
[point.CS-17]
ladder = "YY"
""",
    )
    found = mistakes(file)
    assert {
        (2, "point.JQ-01.tell.red"),
        (3, "point.JQ-01.tell.blue[0]"),
        (4, "point.JQ-01.tell.pink"),
        (6, "point.AJ-01.ladder"),
        (7, "point.AJ-01.limits[0]"),
        (10, "point.XX-01.ladder"),
        (11, "point.cs-1"),
        (13, "ladder.EVC.seconds.red"),
        (15, "ladder.EVA.tell.green"),
        (18, "ladder.ZZ.seconds"),
        (19, "ladder.YY.counts"),
        (23, "point.XX-02.ladder"),
    } <= set(found)


def test_a_ladder_without_red_or_a_red_that_tells_nobody_is_a_mistake(tmp_path: Path) -> None:
    file = own(tmp_path, '[ladder.ZZ]\ncounts = "after"\nseconds = { red = 0 }\n[ladder.EVA.tell]\nred = []\n')
    assert mistakes(file) == [(1, "ladder.ZZ.tell"), (4, "ladder.EVA.tell")]


def test_a_point_that_nothing_opens_is_a_mistake(tmp_path: Path) -> None:
    file = own(tmp_path, "[point.JZ-07]\nby_hand = false\n")
    assert mistakes(file) == [(1, "point.JZ-07")]


def test_the_tool_lists_points_and_tells_mistakes(tmp_path: Path) -> None:
    listed = CliRunner().invoke(main, ["--json", "risks", "points"])
    assert listed.exit_code == 0
    assert listed.output.count('"point"') == 106
    wrong = CliRunner().invoke(main, ["--lang", "en", "risks", "diff", str(own(tmp_path, "[point.CS-18]\non = 1\n"))])
    assert wrong.exit_code == 1
    assert ":2:1: point.CS-18.on:" in wrong.output
