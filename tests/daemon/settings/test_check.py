"""`custodyd check` prints every mistake in both languages, or what the station has; its exit status says which."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.daemon.settings.support import ROOT, STATION

from custodyd.cli.check import check, check_command
from custodyd.settings import load


def run(*arguments: str) -> Result:
    return CliRunner().invoke(check_command, list(arguments))


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "bad.toml"
    text = STATION.read_text("utf-8").replace("unit = 2\n", "unit = 1\n", 1).replace("bureau =", "buro =", 1)
    file.write_text(text, "utf-8")
    return file


def test_the_station_that_comes_with_the_package_is_good() -> None:
    result = run(str(STATION))
    assert result.exit_code == 0, result.output
    assert "格口 120 个（停用 1 个）" in result.output
    assert "devices: 14" in result.output
    assert "一号卷宗柜（dossier-a）：格口 24 个" in result.output
    assert "二号卷宗柜（dossier-b）：格口 48 个" in result.output
    assert load(STATION).remarks == ()


def test_the_station_has_what_a_whole_station_has() -> None:
    settings = load(STATION)
    families = [device.family for device in settings.devices.values()]
    assert {name: families.count(name) for name in families} == {
        "zfm": 3,
        "scanner": 3,
        "modbus_relay": 5,
        "kerong": 1,
        "gsm_modem": 1,
        "wristband": 1,
    }
    assert [(one.kind, len(one.compartments)) for one in settings.cabinets.values()] == [
        ("dossier", 24),
        ("dossier", 48),
        ("property", 48),
    ]
    assert [band.label for band in settings.wristbands.values()] == [f"{n}号手环" for n in "一二三四五六七八"]
    assert len(settings.roles) == 10


def test_every_mistake_stands_on_a_line_of_its_own_with_both_languages(bad: Path) -> None:
    result = run(str(bad))
    assert result.exit_code == 1
    first, second, last = result.output.splitlines()
    number = STATION.read_text("utf-8").split("bureau =")[0].count("\n") + 1
    assert first.startswith(f"{bad}:{number}:1: station.buro: 不认识的键 buro")
    assert first.endswith("Did you mean bureau?")
    assert "device.locks-a2.unit" in second
    assert last == "共 2 处错误。全部改正后再检查一次。 / Mistakes: 2. Correct them all and check again."


@pytest.mark.parametrize(("language", "there", "not_there"), [("en", "Unknown", "认识"), ("zh-CN", "认识", "Unknown")])
def test_one_language_can_be_chosen(bad: Path, language: str, there: str, not_there: str) -> None:
    result = run(str(bad), "--lang", language)
    assert there in result.output
    assert not_there not in result.output


def test_programs_read_json(bad: Path) -> None:
    result = run(str(bad), "--json")
    assert result.exit_code == 1
    document = json.loads(result.output)
    assert document["good"] is False
    assert [one["key"] for one in document["mistakes"]] == ["station.buro", "device.locks-a2.unit"]
    assert document["mistakes"][0]["nearest"] == "bureau"
    assert document["mistakes"][0]["text"].keys() == {"zh-CN", "en"}
    good = json.loads(run(str(STATION), "--json").output)
    assert (good["good"], good["mistakes"], good["digest"]) == (True, [], load(STATION).digest)


def test_a_missing_file_is_a_mistake_and_no_file_is_usage(tmp_path: Path) -> None:
    assert run(str(tmp_path / "no.toml")).exit_code == 1
    assert run().exit_code == 2
    assert run(str(STATION), "--colour").exit_code == 2


def test_the_function_says_the_same_as_the_command(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bad, None, json=False) == 1
    assert capsys.readouterr().out == run(str(bad)).output
    assert check(STATION) == 0


def test_an_overlay_is_checked_with_its_station(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.toml"
    overlay.write_text('[device.reader-a]\nport = "/tmp/x"\nbaudrate = 1\n', "utf-8")
    result = run(str(STATION), "--overlay", str(overlay))
    assert result.exit_code == 1
    assert result.output.startswith(f"{overlay}:3:1: device.reader-a.baudrate:")


def test_the_drop_in_for_systemd_holds_the_addresses_of_the_station(bad: Path) -> None:
    result = run(str(STATION), "--systemd")
    assert result.exit_code == 0
    assert "[Service]\nIPAddressAllow=192.168.10.21\n" in result.output
    refused = run(str(bad), "--systemd")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "station.buro" in refused.stderr


@pytest.mark.foreign
def test_systemd_accepts_the_drop_in(tmp_path: Path) -> None:
    unit = tmp_path / "custodyd.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nIPAddressDeny=any\nIPAddressAllow=localhost\n")
    drop_in = tmp_path / "custodyd.service.d" / "addresses.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(run(str(STATION), "--systemd").stdout)
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=30, check=False
    )
    # an unknown or malformed directive is a remark on the error stream, whatever the exit status
    assert "addresses.conf" not in judged.stderr


def test_reading_settings_imports_no_driver_and_no_library_of_one() -> None:
    program = (
        "import sys; from pathlib import Path; from custodyd.cli.check import check;"
        f"assert check(Path({str(STATION)!r}), json=True) == 0;"
        "heavy = {'pymodbus', 'serial', 'pyfingerprint', 'bleak', 'apscheduler', 'sqlite3', 'asyncio', 'rich'};"
        "print(sorted(name for name in sys.modules if name in heavy or name.endswith('.driver')), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stderr == "[]\n"


def test_a_file_is_compared_with_the_one_that_runs(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text(STATION.read_text("utf-8").replace("baudrate = 9600", "baudrate = 19200", 1), "utf-8")
    result = run(str(new), "--against", str(STATION), "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "[bus.locks] changes baudrate: will be closed and opened anew" in result.output
    assert "[device.locks-a1] changes bus" in result.output
    assert "reader-a" in result.output.splitlines()[-1]


def test_a_comparison_with_a_bad_file_tells_its_mistakes(tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text(STATION.read_text("utf-8").replace('kind = "property"', 'kind = "shelf"'), "utf-8")
    result = run(str(new), "--against", str(STATION))
    assert result.exit_code == 1
    assert "shelf" in result.output
