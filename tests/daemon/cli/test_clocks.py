"""Statutory clocks at the command line: papers in, the arithmetic out."""

from datetime import datetime, timedelta
from typing import Any

from tests.daemon.cli.test_control import officer

from custodyd.clock import CHINA


def ago(now: str, hours: float) -> str:
    moment = datetime.fromisoformat(now).astimezone(CHINA)
    return (moment - timedelta(hours=hours)).replace(second=0, microsecond=0).isoformat()


def test_a_clock_is_started_moved_and_explained_in_both_languages(station: Any) -> None:
    station.json("cases", "accept", "A1", "--lead", officer(station))
    now = station.json("status")["now"]
    paper = ("--start", ago(now, 1), "--asserted", "summons", "--document", "T1")
    clock = station.json("clock", "start", "A1", "admin-inquiry-8h", *paper)["id"]
    assert clock in station.tell("clock").output
    station.json("clock", "pause", clock, "--reason", "sobering-restraint", "--document", "Z1", "--at", ago(now, 0.5))
    station.json("clock", "resume", clock, "--document", "Z2")
    corrected = ("--start", ago(now, 2), "--asserted", "gate", "--document", "G1")
    station.json("clock", "correct", clock, *corrected)
    summons = station.json("clock", "start", "A1", "crim-summons-12h", *paper)["id"]
    how = ("--approver", "case-unit-head", "--document", "Y1", "--decided", ago(now, 0))
    station.json("clock", "extend", summons, "24h", *how)
    station.json("clock", "end", clock, "--met", "--document", "E1")
    english, chinese = station.tell("clock", "explain", clock), station.tell("clock", "explain", clock, lang="zh-CN")
    for said in (english.output, chinese.output):
        assert all(word in said for word in ("T1", "Z1", "G1", "E1", "admin-inquiry-8h"))
        assert "97" in said
    assert len(english.output.splitlines()) == len(chinese.output.splitlines()) > 10
    assert len(station.json("clock", "explain", summons)["items"]) == 2
