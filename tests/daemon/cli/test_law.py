"""`custodyctl law` without a daemon: what it prints in both languages, and what it says to mistakes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from custodyd.cli.control import main
from custodyd.settings.lawbook.lawbook import DATA

UNIT = 'edition = "2026-11"\n[change.bail-12mo]\nlength = "{0}"\ndocument = "某公〔2026〕1号"\n'
CASE = ("explain", "public-order-case-30d", "--start", "2026-09-01 10:00", "--free")


def law(folder: Path, *words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(main, ["--lang", lang, "law", *words, "--folder", str(folder)])


def document(folder: Path, *words: str) -> object:
    result = law(folder, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def unit(folder: Path, length: str) -> Path:
    (folder / "law.toml").write_text(UNIT.format(length), "utf-8")
    return folder


def test_the_check_names_the_version_and_what_is_not_verified(tmp_path: Path) -> None:
    said = law(tmp_path, "check", lang="zh-CN").stdout
    assert "共 109 项" in said
    assert "interrogation-av-retention" in said
    assert "放假安排缺" in said
    found = document(tmp_path, "check")
    assert isinstance(found, dict)
    assert (found["limits"], len(found["unverified"])) == (109, 5)


def test_the_list_has_a_row_for_every_limit(tmp_path: Path) -> None:
    found = document(tmp_path, "list")
    assert isinstance(found, list)
    assert len(found) == 109
    assert "刑事传唤持续时间" in law(tmp_path, "list", lang="zh-CN").stdout


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_an_explanation_prints_every_step(tmp_path: Path, lang: str) -> None:
    more = ("--extension", "60d", "owning-psb", "延字1号", "2026-09-20 09:00")
    said = law(tmp_path, *CASE, "--document", "立案〔2026〕12号", *more, lang=lang)
    assert said.exit_code == 0
    due = "2026年11月2日24时" if lang == "zh-CN" else "2026-11-02 24:00"
    for part in ("立案〔2026〕12号", "延字1号", due, "118", "2026-11-25/"):
        assert part in said.stdout


def test_an_explanation_for_programs_holds_the_structured_steps(tmp_path: Path) -> None:
    pause = ("--pause", "2026-09-10", "2026-09-20T00:00:00+08:00", "appraisal", "鉴1号")
    found = document(tmp_path, *CASE, *pause)
    assert isinstance(found, dict)
    assert found["due"] == "2026-10-13T00:00:00+08:00"  # 10-11 is a Sunday
    assert found["kind_of_alternative"] == "unrolled"
    assert [line["op"] for line in found["lines"]][-3:] == ["roll", "due", "alarm"]
    plain = document(tmp_path, "explain", "continued-questioning-12h", "--start", "2026-03-07 18:05")
    assert isinstance(plain, dict)
    assert plain["alternative"] is None


def test_a_backward_limit_is_explained_from_the_expiry_that_it_looks_back_from(tmp_path: Path) -> None:
    words = ("explain", "custody-extension-application-7d-before", "--start", "2026-06-25 10:00")
    said = law(tmp_path, *words, "--of", "investigation-custody-2mo", lang="zh-CN").stdout
    assert "2026年8月24日24时" in said
    assert "届满时间：2026年8月17日24时。" in said
    refused = law(tmp_path, *words)
    assert refused.exit_code == 1
    assert "counts the other way" in refused.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [("bail-12m", "did you mean bail-12mo?"), ("zzzz", "There is no limit zzzz."), ("dossier-loan", "no number")],
)
def test_a_limit_that_cannot_be_explained_is_told_with_the_next_step(tmp_path: Path, name: str, said: str) -> None:
    result = law(tmp_path, "explain", name, "--start", "2026-01-01")
    assert result.exit_code == 1
    assert said in result.stderr
    assert "custodyctl law" in result.stderr


@pytest.mark.parametrize("wrong", [("--start", "soon"), ("--extension", "3 weeks", "owning-psb", "某文", "2026-09-20")])
def test_a_slip_on_the_command_line_is_told(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    assert law(tmp_path, *CASE, *wrong).exit_code == 2


def test_a_difference_is_shown_by_its_fields(tmp_path: Path) -> None:
    said = law(unit(tmp_path, "11mo"), "diff").stdout
    assert "changed bail-12mo: length 12 months → 11 months" in said
    assert "1 differences" in said
    found = document(tmp_path, "diff", "shipped", str(tmp_path))
    assert isinstance(found, list)
    assert found[0]["fields"]["length"] == ["12 months", "11 months"]


def test_a_rule_that_came_or_went_is_shown(tmp_path: Path) -> None:
    words = '{{ zh = "某", en = "x" }}'.format()
    names = ("title", "start", "says", "responsible")
    rule = "".join(f"{name} = {words}\n" for name in names)
    own = f'edition = "1"\n[limit.tea-break]\ncases = "internal"\n{rule}rolling = "local"\nbasis = []\nmark = "ours"\n'
    (tmp_path / "law.toml").write_text(own, "utf-8")
    assert "added tea-break" in law(tmp_path, "diff").stdout
    assert "removed tea-break" in law(tmp_path, "diff", str(tmp_path), "shipped").stdout
    assert document(tmp_path, "diff") == [{"limit": "tea-break", "what": "added", "fields": {}}]
    assert document(tmp_path, "diff", str(tmp_path), "shipped") == [
        {"limit": "tea-break", "what": "removed", "fields": {}}
    ]


def test_more_than_a_number_may_differ(tmp_path: Path) -> None:
    (tmp_path / "law.toml").write_text(
        'edition = "1"\n[change.dossier-loan]\nlength = "8h"\ndocument = "某文"\n'
        '[change.crim-summons-24h]\nlength = "20h"\ndocument = "某文"\n',
        "utf-8",
    )
    said = law(tmp_path, "diff").stdout
    assert "changed dossier-loan: length — → 8 hours" in said
    assert "changed crim-summons-12h: extensions 24h → 20h" in said


def test_a_rule_of_the_unit_that_is_written_anew_shows_every_field(tmp_path: Path) -> None:
    text = (DATA / "local.toml").read_text("utf-8").replace('basis = ["DT22"]', "basis = []")
    (tmp_path / "law.toml").write_text('edition = "1"\n' + text.replace('"never-hours"', '"local"'), "utf-8")
    said = law(tmp_path, "diff").stdout
    assert "changed dossier-deposit-24h: rolling never-hours → local; basis DT22 → —" in said


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    result = law(unit(tmp_path, "13mo"), "check", lang="zh-CN")
    assert result.exit_code == 1
    assert "law.toml:3:" in result.stdout
    assert "本单位只能缩短法定期限" in result.stdout
    told = law(tmp_path, "check", "--json")
    assert json.loads(told.stdout)[0]["key"] == "change.bail-12mo.length"
