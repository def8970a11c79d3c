"""`custodyd run` where it cannot start: a sentence in both languages with the next step, never a traceback."""

import errno
from pathlib import Path

import pytest

from custodyd.cli import service
from custodyd.cli.failures import reason
from custodyd.ledger.errors import KeyMissing, LedgerError, RecordUnavailable, WrongDirectory
from custodyd.settings import load
from custodyd.station.station import Station
from custodyd.texts import Locale

SETTINGS = load(Path(__file__).parents[3] / "devices.toml")


@pytest.mark.parametrize(
    ("failure", "chinese", "english"),
    [
        (RecordUnavailable("full"), "请清理磁盘", "Free space"),
        (RecordUnavailable("read-only"), "恢复可写", "Make it writable"),
        (RecordUnavailable("failing"), "联系技术员", "call the technician"),
        (KeyMissing("wrap", "cannot be read"), "缺少密钥 wrap", "custodyctl station init"),
        (WrongDirectory("start.in_use", {"zh-CN": "", "en": ""}), "请先停掉它", "Stop it first"),
        (LedgerError("odd"), "请勿删除", "Delete nothing"),
        (PermissionError(errno.EACCES, "no", "/var/lib/custodyd"), "/var/lib/custodyd：没有权限", "permission denied"),
    ],
)
async def test_a_start_that_fails_says_what_to_do_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: Exception, chinese: str, english: str
) -> None:
    async def refuse(*_: object) -> Station:
        raise failure

    monkeypatch.setattr(Station, "open", refuse)
    assert await service._run(SETTINGS) == service.BAD_STATE
    first, second = capsys.readouterr().err.splitlines()
    assert chinese in first
    assert english in second


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "the disk is full"), (errno.ENOTEMPTY, "not empty")])
def test_what_the_operating_system_says_is_in_our_words_or_its_own(number: int, said: str) -> None:
    assert said in reason(OSError(number, "Directory not empty"), Locale.EN)
