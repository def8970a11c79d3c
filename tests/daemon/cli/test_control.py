"""custodyctl against a real station's API: what an operator types, what it answers, how it ends."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from custodyd.cli.control import main
from custodyd.cli.language import chosen, preferred
from custodyd.cli.session import REFUSED, UNREACHABLE, UNVERIFIED, USAGE
from custodyd.reminders.rounds import intend
from custodyd.texts import Locale


def tool(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, words, env=environment)


def officer(station: Any, role: str = "case-officer") -> str:
    return station.json("people", "add", "模拟甲", "--role", role)["id"]


def dossier(station: Any) -> str:
    station.json("cases", "accept", "A1", "--lead", officer(station), "--co", officer(station, "co-officer"))
    return station.json("dossiers", "add", "A1")["id"]


def test_the_station_is_seen_at_a_glance(station: Any) -> None:
    said = station.tell("status").output
    assert "Simulated: without legal effect." in said
    assert "The record takes entries" in said
    assert "blind" in said
    assert station.json("status")["storage"] == "ok"


def test_what_stands_is_said_with_the_next_step_in_both_languages(station: Any) -> None:
    assert "The device reader-a is not seen (silence): check its power and cable" in station.tell("status").output
    assert "设备 reader-a 失联（silence）：请检查电源和接线" in station.tell("status", lang="zh-CN").output
    (alarm,) = station.json("status")["alarms"]
    assert (alarm["name"], alarm["since"]) == ("device-blind", "2027-01-15T16:00:00+08:00")


def test_the_bare_noun_lists(station: Any) -> None:
    person = officer(station)
    assert person in station.tell("people").output
    assert [row["person"] for row in station.json("people")] == [person]
    assert station.json("people", "list") == station.json("people")


def test_names_are_read_only_where_they_are_asked_for(station: Any) -> None:
    officer(station)
    assert "模拟甲" not in station.tell("people").output
    assert "模拟甲" in station.tell("people", "names", "--why", "shift").output
    assert "labels.opened" in station.tell("events", "--json").output


def test_a_name_may_be_typed_where_no_history_keeps_it(station: Any) -> None:
    words = ["--socket", str(station.socket), "people", "add", "--role", "clerk", "--json"]
    answered = CliRunner().invoke(main, words, input="模拟乙\n")
    assert answered.exit_code == 0
    assert json.loads(answered.stdout)["id"].startswith("p-")


def test_a_case_goes_from_acceptance_to_its_sheet_of_labels(station: Any, tmp_path: Path) -> None:
    id = dossier(station)
    assert station.json("cases")[0]["case_id"] == "A1"
    assert station.json("dossiers", "show", id)[0]["state"] == "expected"
    assert "deposit of the dossier" in station.tell("clocks").output
    sheet = tmp_path / "sheet.pdf"
    assert station.tell("labels", "sheet", id, "--out", str(sheet)).exit_code == 0
    assert sheet.read_bytes().startswith(b"%PDF")
    station.json("labels", "reissue", id, "--reason", "torn")
    assert station.json("labels", "show", id)[0]["issue"] == 2


def test_the_same_label_is_printed_as_often_as_it_is_asked_for(station: Any, tmp_path: Path) -> None:
    id = dossier(station)
    made = station.json("labels", "sheet", id, id, "--out", str(tmp_path / "sheet.pdf"))
    assert [label["dossier"] for label in made["labels"]] == [id, id]


@pytest.mark.parametrize(("form", "begins"), [("--png", b"\x89PNG"), ("--svg", b"<svg")])
def test_one_label_is_a_picture(station: Any, tmp_path: Path, form: str, begins: bytes) -> None:
    picture = tmp_path / "label"
    assert station.tell("labels", "sheet", dossier(station), "--out", str(picture), form).exit_code == 0
    assert picture.read_bytes().startswith(begins)


def test_the_same_key_gives_the_first_answer(station: Any) -> None:
    words = ("people", "add", "模拟甲", "--role", "clerk", "--key", "once")
    assert station.json(*words) == station.json(*words)
    assert len(station.json("people")) == 1


def test_a_refusal_is_a_sentence_and_a_next_step(station: Any) -> None:
    refused = station.tell("dossiers", "add", "NOBODY")
    assert refused.exit_code == REFUSED
    assert refused.stderr.count("\n") == 2
    assert "→" in refused.stderr
    assert json.loads(station.tell("dossiers", "add", "NOBODY", "--json").stderr)["rule"] == "not-found"


def test_an_id_never_leaves_its_place_in_the_path(station: Any) -> None:
    assert station.tell("cabinets", "show", "../status").exit_code in {REFUSED, UNREACHABLE}
    assert station.tell("labels", "show", "x/../../people?").exit_code in {REFUSED, UNREACHABLE}


def test_entries_are_told_in_the_chosen_language(station: Any) -> None:
    officer(station)
    assert "Person registered" in station.tell("events").output
    assert "人员已登记" in station.tell("events", lang="zh-CN").output


def test_entries_begin_after_the_named_one_or_with_the_newest(station: Any) -> None:
    dossier(station)
    every = station.tell("events", "--last", "1000", "--json").stdout.splitlines()
    assert station.tell("events", "--after", "1/1", "--json").stdout.splitlines() == every[2:]
    assert station.tell("events", "--last", "2", "--json").stdout.splitlines() == every[-2:]
    ours = [json.loads(line) for line in station.tell("events", "--case", "A1", "--json").stdout.splitlines()]
    assert {entry["case"] for entry in ours} == {"A1"}


def test_a_follower_sees_an_entry_as_it_comes(station: Any) -> None:
    command = [sys.executable, "-m", "custodyd.cli.control", "--socket", str(station.socket), "events"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([*command, "--follow", "--json"], stdout=subprocess.PIPE, env=environment) as follower:
        try:
            assert follower.stdout is not None
            assert json.loads(follower.stdout.readline())["id"] == "1/0"
            person = officer(station)
            assert json.loads(follower.stdout.readline())["subject"] == person
        finally:
            follower.kill()


def test_an_entry_is_shown_whole_or_said_to_be_missing(station: Any) -> None:
    assert station.json("ledger", "show", "1/0")["kind"] == "segment.opened"
    assert "segment.opened" in station.tell("ledger", "show", "1/0").output
    assert station.tell("ledger", "show", "1/999").exit_code == REFUSED
    assert station.tell("ledger", "show", "nonsense").exit_code == USAGE


def test_the_living_record_is_verified_and_folded_anew(station: Any) -> None:
    dossier(station)
    verified = station.tell("ledger", "verify")
    assert verified.exit_code == 0
    assert "Only a key from paper" in verified.stderr
    assert "The tables are the same" in station.tell("ledger", "rebuild").output.replace("the tables", "The tables")


def test_an_export_is_verified_until_a_byte_is_changed(station: Any, tmp_path: Path) -> None:
    dossier(station)
    target = tmp_path / "record"
    vkey = station.json("ledger", "checkpoint")["vkey"]
    assert station.tell("ledger", "export", str(target), "--all").exit_code == 0
    assert tool("ledger", "verify", str(target), "--vkey", vkey).exit_code == 0
    assert tool("ledger", "verify", str(target), "--vkey", str(target / "1.vkey")).exit_code == 0
    bundle = next((target / "1" / "tile" / "entries").rglob("*.p/*"))
    bundle.write_bytes(bundle.read_bytes().replace(b"person.registered", b"person.registerex"))
    bad = tool("ledger", "verify", str(target), "--vkey", vkey, "--json")
    assert bad.exit_code == UNVERIFIED
    assert not json.loads(bad.stdout)["ok"]


@pytest.mark.parametrize("vkey", ["nonsense", "a+b+c"])
def test_a_key_that_is_none_is_said_before_anything_is_judged(station: Any, vkey: str) -> None:
    said = station.tell("ledger", "verify", "--vkey", vkey)
    assert said.exit_code == REFUSED
    assert "Compare it with the paper" in said.stderr


def test_a_binary_file_beside_a_copy_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy.vkey").write_bytes(bytes(range(256)))
    assert tool("ledger", "verify", str(tmp_path / "copy")).exit_code == REFUSED


def test_a_lodged_state_is_held_against_the_record(station: Any) -> None:
    lodged = station.json("ledger", "checkpoint")["lodged"]
    officer(station)
    assert station.tell("ledger", "verify", "--lodged", lodged).exit_code == 0
    segment, size, *root = lodged.split()
    other = " ".join([segment, str(int(size) - 1), *root])
    assert station.tell("ledger", "verify", "--lodged", other).exit_code == UNVERIFIED


def test_an_export_never_replaces_another(station: Any, tmp_path: Path) -> None:
    for status in (0, REFUSED):
        assert station.tell("ledger", "export", str(tmp_path / "record"), "--segment", "1").exit_code == status
    assert station.tell("ledger", "export", str(tmp_path / "none"), "--segment", "7").exit_code == REFUSED
    assert station.tell("ledger", "export", str(tmp_path / "none")).exit_code == USAGE


def test_other_listings_say_that_nothing_is_there(station: Any) -> None:
    for words in (("message",), ("incidents", "--all"), ("clocks",), ("cases",)):
        assert "Nothing here." in station.tell(*words).output
        assert station.json(*words) == []
    assert len(station.json("cabinets", "show", "dossier-a")) > 1
    assert len(station.json("devices")) > 1


def test_an_incident_that_is_not_there_cannot_be_closed(station: Any) -> None:
    words = ("incidents", "explain", "i-1", "--reason", "x", "--named", officer(station))
    assert station.tell(*words).exit_code == REFUSED


def test_fingers_without_a_reader_are_refused(station: Any) -> None:
    person = officer(station)
    assert station.tell("enrol", "reader-a", person).exit_code == REFUSED
    assert station.tell("fingers", "remove", "reader-a", "3").exit_code == REFUSED


def test_nobody_at_the_socket_is_said_with_what_to_do(tmp_path: Path) -> None:
    gone = tool("--socket", str(tmp_path / "none"), "--lang", "en", "status")
    assert gone.exit_code == UNREACHABLE
    assert "there is no socket" in gone.stderr
    assert "systemctl status custodyd" in gone.stderr


def test_a_socket_left_behind_is_told_apart(station: Any, tmp_path: Path) -> None:
    left = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(left))
    gone = tool("status", "--lang", "en", CUSTODYD_SOCKET=str(left))
    assert gone.exit_code == UNREACHABLE
    assert "Nobody listens" in gone.stderr
    assert tool("status", CUSTODYD_SOCKET=str(station.socket)).exit_code == 0


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, Locale.ZH),
        ({"LANG": "zh_CN.UTF-8"}, Locale.ZH),
        ({"LANG": "en_GB.UTF-8"}, Locale.EN),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US"}, Locale.EN),
        ({"LANG": "C.UTF-8"}, Locale.ZH),
    ],
)
def test_chinese_is_spoken_unless_the_environment_asks_for_english(environment: dict[str, str], locale: Locale) -> None:
    assert preferred(environment) is locale


@pytest.mark.parametrize(
    ("words", "locale"),
    [
        ([], Locale.ZH),
        (["--lang", "en", "status"], Locale.EN),
        (["status", "--lang=en"], Locale.EN),
        (["--lang"], Locale.ZH),
        (["--lang", "fr"], Locale.ZH),
        (["--lang", "en", "--lang", "zh-CN"], Locale.ZH),
    ],
)
def test_a_command_line_may_name_the_language(words: list[str], locale: Locale) -> None:
    assert chosen(words, {}) is locale


def typed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tool as a process of its own: help and usage are in the language of its environment."""
    command = [sys.executable, "-m", "custodyd.cli.control", *words]
    given = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, capture_output=True, text=True, env=given, timeout=30)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en_GB.UTF-8", ("Usage:", "3 the daemon", "Show this message")),
        ("zh_CN.UTF-8", ("用法：", "3 连不上服务", "显示本帮助")),
    ],
)
def test_help_is_in_one_language_and_names_every_exit_code_and_the_completion(
    language: str, words: tuple[str, ...]
) -> None:
    said = " ".join(typed("--help", LANG=language).stdout.split())
    assert all(word in said for word in words)
    assert "_CUSTODYCTL_COMPLETE=bash_source" in said
    assert ("查看" in said) == (language == "zh_CN.UTF-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("enrol",), "缺少参数 'READER'"),
        (("statu",), "没有命令 'statu'。 是不是要写 'station', 'status'？"),
        (("events", "--last", "-3"), "不在允许的范围"),
        (("people", "list", "more"), "多余的参数（more）"),
        (("labels", "reissue", "x", "--reason", "y"), "'torn', 'lost', 'copied'"),
        (("status", "--livid"), "没有选项 '--livid'。"),
        (("ledger", "verify", "/nowhere"), "路径 '/nowhere' 不存在。"),
    ],
)
def test_a_mistyped_command_is_told_in_chinese_with_where_to_look(words: tuple[str, ...], said: str) -> None:
    done = typed(*words, LANG="zh_CN.UTF-8")
    assert done.returncode == USAGE
    assert said in done.stderr
    assert "--help' 查看用法。" in done.stderr


def test_a_malformed_request_says_which_field(station: Any) -> None:
    told = station.tell("cases", "accept", "a1", "--lead", officer(station), lang="zh-CN")
    assert told.exit_code == REFUSED
    assert "$.code" in told.stderr
    assert "请按括号中的说明更正" in told.stderr
    assert "$.code" in json.loads(station.tell("cases", "accept", "a1", "--lead", "x", "--json").stderr)["detail"]


def test_a_role_that_is_none_is_answered_with_those_there_are(station: Any) -> None:
    told = station.tell("people", "add", "模拟甲", "--role", "clark")
    assert "There is no such role. (case-officer, " in told.stderr


def test_why_names_are_read_is_asked_for(station: Any) -> None:
    officer(station)
    words = ["--socket", str(station.socket), "--lang", "en", "people", "names"]
    assert "模拟甲" in CliRunner().invoke(main, words, input="shift\n").stdout
    assert '"why": "shift"' in station.tell("ledger", "show", f"1/{station.json('status')['entries'] - 1}").stdout


def test_nobody_is_told_to_lay_down_a_finger_that_is_refused(station: Any) -> None:
    told = station.tell("enrol", "reader-a", officer(station))
    assert told.exit_code == REFUSED
    assert "Let the person lay" not in told.stderr


def test_an_export_says_why_it_cannot_be_written(station: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "full" / "1").mkdir(parents=True)
    (tmp_path / "full" / "1" / "kept").touch()
    for target, said in (("file", "a part of the path is no folder"), ("full", "is not empty")):
        told = station.tell("ledger", "export", str(tmp_path / target), "--all")
        assert (told.exit_code, said in told.stderr) == (REFUSED, True)


def test_roles_are_shown_by_label_in_chinese(station: Any) -> None:
    officer(station, "clerk")
    assert "案管室管理员" in station.tell("people", lang="zh-CN").stdout
    assert "clerk" in station.tell("people").stdout


@pytest.mark.parametrize("words", [(), ("people", "add"), ("ledger", "export"), ("station", "init"), ("kiosk",)])
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    said = tool(*words, "--help")
    assert said.exit_code == 0
    assert "ctl." not in said.output


def test_status_for_programs_loads_no_table_and_no_paper() -> None:
    heavy = "import sys, custodyd.cli.control; print({'rich', 'textual', 'fpdf', 'PIL', 'httpx'} & sys.modules.keys())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, env=environment, timeout=30)
    assert done.stdout.strip() == "set()"


def test_a_message_that_is_not_there_is_neither_shown_nor_acknowledged_nor_repeated(station: Any) -> None:
    for words in (("show", "m-1"), ("ack", "m-1", "--named", officer(station)), ("repeat", "m-1")):
        assert station.tell("message", *words).exit_code == REFUSED


def test_a_message_is_shown_field_by_field_and_acknowledged(station: Any) -> None:
    person = officer(station)
    draft = intend(person, "【河东办案】text", 1, "forced:dossier-a/3:1", "red", 0, None, "0000000A")
    message = draft.fact.id  # type: ignore[attr-defined]  # of a MessageIntended
    station.append(draft)
    assert "0000000A" in station.tell("message", "show", message).output
    assert station.json("message", "show", message)["state"] == "intended"
    assert station.tell("message", "ack", message, "--named", person).exit_code == 0
    assert [row["message"] for row in station.json("message", "list", "--state", "acknowledged")] == [message]
