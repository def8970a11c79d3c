"""A unit's own rules and the holidays of a year: what is taken up, and every mistake at its place."""

from datetime import date
from pathlib import Path

import pytest
from tests.daemon.settings.support import promised

from custodyd.law import Length
from custodyd.settings import Mistake, Mistakes
from custodyd.settings.lawbook import Lawbook, lawbook, shipped
from custodyd.settings.lawbook.lawbook import DATA, FILES, SOURCES

OWN = """\
[limit.{id}]
cases = "{cases}"
title = {{ zh = "某规则", en = "some rule" }}
start = {{ zh = "某事", en = "some event" }}
length = "{length}"
says = {{ zh = "某时", en = "some time" }}
rolling = "{rolling}"
responsible = {{ zh = "某人", en = "somebody" }}
basis = [{basis}]
mark = "ours"
{more}
"""
PLAN = """\
document = "国办发明电〔2026〕99号"
off = [
    2026-12-31, 2027-01-01, 2027-01-02, 2027-01-03,
    2027-05-01, 2027-05-02, 2027-10-01, 2027-10-02, 2027-10-03,
]
on = [2027-01-09]
"""


def own(id: str = "tea-break", length: str = "2h", rolling: str = "local", basis: str = "", **more: str) -> str:
    return OWN.format(
        id=id,
        cases=more.get("cases", "internal"),
        length=length,
        rolling=rolling,
        basis=basis,
        more=more.get("more", ""),
    )


def unit(folder: Path, text: str) -> Lawbook:
    (folder / "law.toml").write_text('edition = "2026-11"\n' + text, "utf-8")
    return lawbook(folder)


def mistakes(folder: Path, text: str) -> tuple[Mistake, ...]:
    with pytest.raises(Mistakes) as found:
        unit(folder, text)
    for one in found.value.list:
        promised(one)
    return found.value.list


def holidays(folder: Path, text: str, name: str = "2027.toml") -> Lawbook:
    (folder / "holidays.d").mkdir(exist_ok=True)
    (folder / "holidays.d" / name).write_text(text, "utf-8")
    return lawbook(folder)


def test_without_files_of_a_unit_the_shipped_law_holds(tmp_path: Path) -> None:
    found = lawbook(tmp_path)
    assert found.data is shipped()
    assert found.data.edition == "2026-11-25"
    assert len(found.data.digest) == 64


def test_a_unit_shortens_a_limit_and_its_version_shows_it(tmp_path: Path) -> None:
    found = unit(tmp_path, '[change.criminal-filing-review-3d]\nlength = "2d"\ndocument = "苏公通〔2024〕1号"\n').data
    limit = found.limits["criminal-filing-review-3d"]
    assert limit.length == Length(2, "d")
    assert "苏公通〔2024〕1号" in limit.says.zh
    assert {rule.after for rule in limit.extensions} == {Length(2, "d"), Length(7, "d")}
    assert found.edition == "2026-11-25+2026-11"
    assert found.version != shipped().version
    assert shipped().limits["criminal-filing-review-3d"].length == Length(3, "d")


@pytest.mark.parametrize(
    ("limit", "length"),
    [
        ("criminal-filing-review-3d", "4d"),
        ("hearing-request-5wd", "4wd"),  # a right of the party, a unit cannot cut it short
        ("bwc-retention-6mo", "5mo"),
        ("bail-12mo", "370d"),
    ],
)
def test_a_unit_never_loosens_the_law(tmp_path: Path, limit: str, length: str) -> None:
    (one,) = mistakes(tmp_path, f'[change.{limit}]\nlength = "{length}"\ndocument = "某文"\n')
    assert one.key == f"change.{limit}.length"
    assert length in one.text["en"]
    assert one.line == 3


def test_a_minimum_may_be_longer_and_a_rule_of_the_unit_is_free(tmp_path: Path) -> None:
    text = "".join(
        f'[change.{name}]\nlength = "{length}"\ndocument = "某文"\n'
        for name, length in (("bwc-retention-6mo", "1y"), ("dossier-deposit-24h", "36h"), ("dossier-loan", "8h"))
    )
    found = unit(tmp_path, text).data.limits
    lengths = [str(found[name].length) for name in ("bwc-retention-6mo", "dossier-deposit-24h", "dossier-loan")]
    assert lengths == ["12mo", "36h", "8h"]


def test_a_unit_adds_a_rule_and_the_instrument_that_it_cites(tmp_path: Path) -> None:
    source = '[instrument.JS]\ntitle = { zh = "江苏某规定", en = "Jiangsu rule" }\n'
    source += 'versions = [{ name = "2024", mark = "seen" }]\n'
    limit = unit(tmp_path, own(basis='"JS 5"') + source).data.limits["tea-break"]
    assert limit.basis[0].instrument.title.zh == "江苏某规定"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (own(basis='"XX 1"'), "limit.tea-break.basis[0]"),
        (own(rolling="roll"), "limit.tea-break.rolling"),
        (own(more="early = true"), "limit.tea-break.early"),
        (own(more="backward = true"), "limit.tea-break.backward"),
        (own(cases="admin"), "limit.tea-break.cases"),
        (own(id="bail-12mo"), "limit.bail-12mo"),
        ('[change.bail-12m]\nlength = "1mo"\ndocument = "某文"\n', "change.bail-12m"),
        ('[change.bail-12mo]\nlength = "5wd"\ndocument = "某文"\n', "change.bail-12mo.length"),
        ('[change.bail-12mo]\nlength = "soon"\ndocument = "某文"\n', "change.bail-12mo.length"),
        ('[change.bail-12mo]\nlength = "1mo"\n', "change.bail-12mo.document"),
    ],
)
def test_a_mistake_of_a_unit_is_told_at_its_place(tmp_path: Path, text: str, key: str) -> None:
    assert key in [one.key for one in mistakes(tmp_path, text)]


EXTENSION = '\n[[limit.tea-break.extension]]\napprovers = []\nground = {{ zh = "某因", en = "some reason" }}\n{0}\n'


@pytest.mark.parametrize(
    "says",
    ["", 'to = "tea-brake"', 'total = "1h"', 'total = "2h"', 'to = "arrest-to-jail"', 'total = "4h"\nto = "bail-12mo"'],
)
def test_an_extension_leads_somewhere_longer(tmp_path: Path, says: str) -> None:
    (one,) = mistakes(tmp_path, own() + EXTENSION.format(says))
    assert one.key.startswith("limit.tea-break.extension[0]")


def test_every_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "law.toml").write_text("= nothing", "utf-8")
    with pytest.raises(Mistakes) as found:
        holidays(tmp_path, "off = [", "2027.toml")
    assert {one.file.name for one in found.value.list} == {"law.toml", "2027.toml"}


def test_a_plan_of_a_year_ends_the_uncertainty(tmp_path: Path) -> None:
    before = lawbook(tmp_path).calendar
    calendar = holidays(tmp_path, PLAN).calendar
    assert before.days_left(date(2026, 11, 25)) in (36, 401)  # a newer package may know 2027 already
    assert calendar.days_left(date(2026, 11, 25)) == 401
    assert calendar.is_workday(date(2027, 1, 9))
    assert not calendar.is_workday(date(2026, 12, 31))
    assert calendar.document(date(2027, 3, 1)) == "国办发明电〔2026〕99号"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("2027-05-01, ", "", "off"),
        ("2026-12-31", "2026-11-30", "off[0]"),
        ("on = [2027-01-09]", "on = [2027-01-08]", "on[0]"),
        ("on = [2027-01-09]", "on = [2027-01-02]", "on[0]"),
        ("on = [2027-01-09]", "on = [2028-01-08]", "on[0]"),
        ("2026-12-31", '"soon"', "off[0]"),
        ('document = "国办发明电〔2026〕99号"\n', "", "document"),
    ],
)
def test_a_mistake_in_a_plan_is_told_at_its_place(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in PLAN
    with pytest.raises(Mistakes) as found:
        holidays(tmp_path, PLAN.replace(old, new))
    assert [one.key for one in found.value.list] == [key]
    promised(found.value.list[0])


@pytest.mark.parametrize("name", ["next.toml", "1999.toml"])
def test_a_plan_is_named_after_its_year(tmp_path: Path, name: str) -> None:
    with pytest.raises(Mistakes) as found:
        holidays(tmp_path, PLAN, name)
    assert name in found.value.list[0].text["zh-CN"]


def test_a_mistake_in_a_shipped_file_would_be_told_as_well(tmp_path: Path) -> None:
    for name in (SOURCES, *FILES):
        text = (DATA / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace('basis = ["DT22"]', 'basis = ["DT2"]'), "utf-8")
    with pytest.raises(Mistakes) as found:
        shipped(tmp_path)
    assert found.value.list[0].nearest == "DT22"
    (tmp_path / SOURCES).unlink()
    with pytest.raises(Mistakes):
        shipped(tmp_path)
