"""Programs of others accept the twin as a modem: gammu and smsd."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from custodyd_drivers.gsm_modem.settings import Settings
from custodyd_simulators.gsm_modem import TWIN, Handsets
from custodyd_simulators.hands import Sms

pytestmark = pytest.mark.foreign
TO = "+8613800138000"
TEXT = ("案卷A2026-0142距办案期限还有24小时，请及时归还或办理延期。" * 8)[:200]


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    assert found, f"{name} is missing: install the Debian package {package} (make system)"
    return found


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Handsets]:
    standing = TWIN.stand(Settings(port="none"), tmp_path / "modem")
    assert isinstance(standing.hand, Handsets)
    standing.wire.start()
    yield standing.hand
    standing.wire.close()


def gammu(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = where / "gammurc"
    settings.write_text(f"[gammu]\ndevice={where / 'modem'}\nconnection=at115200\nuse_locking=0\n", encoding="utf-8")
    command = [program("gammu", "gammu"), "-c", str(settings), *arguments]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, timeout=45, env=environment)


def test_gammu_sends_two_hundred_chinese_characters_and_the_handset_has_them_exactly(hand, tmp_path) -> None:
    done = gammu(tmp_path, "sendsms", "TEXT", TO, "-unicode", "-len", "200", "-text", TEXT)
    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: len(hand.inbox) > 0)
    assert list(hand.inbox) == [Sms(TO, TEXT, 3)]


def test_gammu_tells_the_networks_refusal(hand, tmp_path) -> None:
    hand.knobs.errors.append(38)
    done = gammu(tmp_path, "sendsms", "TEXT", TO, "-unicode", "-text", "到期")
    assert done.returncode == 127
    assert "38" in done.stdout + done.stderr


def smsd_settings(where: Path) -> Path:
    folders = ("outgoing", "checked", "failed", "incoming", "sent", "report")
    for folder in folders:
        (where / folder).mkdir()
    lines = ["devices = GSM1", *(f"{folder} = {where / folder}" for folder in folders)]
    lines += [f"logfile = {where}/smsd.log", f"infofile = {where}/smsd.info", f"pidfile = {where}/smsd.pid"]
    lines += ["loglevel = 7", "delaytime = 1", "autosplit = 3", "stats_interval = 0", "[GSM1]"]
    lines += [f"device = {where}/modem", "baudrate = 115200", "incoming = yes", "report = yes", "rtscts = no"]
    lines += ["check_network = 0", "read_timeout = 1", "init = AT+CNMI=2,1,0,2,0"]
    settings = where / "smsd.conf"
    settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return settings


def test_smsd_sends_a_long_message_and_reads_the_report_of_every_part(hand, tmp_path) -> None:
    settings = smsd_settings(tmp_path)
    message = f"To: {TO.removeprefix('+')}\nReport: yes\nAlphabet: UTF-8\n\n{TEXT}"
    (tmp_path / "outgoing" / "one").write_text(message, encoding="utf-8")
    command = [program("smsd", "smstools"), "-c", str(settings), "-t"]
    with (tmp_path / "out").open("wb") as out:
        smsd = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=tmp_path)
    try:
        until(lambda: len(list((tmp_path / "report").iterdir())) == 3)
    finally:
        smsd.terminate()
        smsd.wait(20)
    assert list(hand.inbox) == [Sms(TO, TEXT, 3)]
    reports = [path.read_text(encoding="utf-8", errors="replace") for path in (tmp_path / "report").iterdir()]
    assert all("Status: 0,Ok" in report for report in reports)


def until(there) -> None:
    deadline = time.monotonic() + 30
    while not there():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
