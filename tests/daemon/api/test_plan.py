"""A reload can be looked at before it is done: what would be opened anew, what is wrong; no value is told."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.daemon.api.conftest import DEVICES, Api

from custodyd.cli.control import main


@pytest.fixture
async def file(api: Api, tmp_path: Path) -> Path:
    """The daemon's own devices.toml, which a test may edit."""
    path = tmp_path / "devices.toml"
    path.write_text(DEVICES.read_text("utf-8"), "utf-8")
    api.services.settings = replace(api.services.settings, path=path)
    return path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


async def typed(api: Api, *words: str) -> Result:
    line = ["devices", "plan", "--socket", str(api.socket), *words]
    return await asyncio.to_thread(CliRunner().invoke, main, line)


PIN = ('driver = "gsm_modem"', 'driver = "gsm_modem"\npin = "4711"')


async def test_the_plan_names_tables_keys_and_effects_and_no_secret(api: Api, file: Path) -> None:
    edit(file, *PIN)
    answer = await api.get("/v1/settings/plan")
    plan = answer.json()
    (change,) = plan["changes"]
    del change["texts"]
    assert change == {"table": "device.sms", "what": "changed", "keys": ["pin"], "effect": "reopened"}
    assert "sms" not in plan["untouched"]
    assert "reader-a" in plan["untouched"]
    assert plan["running"] == api.services.settings.digest != plan["config"]
    assert "4711" not in answer.text


async def test_a_plan_changes_nothing_and_leaves_no_entry(api: Api, file: Path) -> None:
    edit(file, *PIN)
    head, settings = api.head(), api.services.settings
    await api.get("/v1/settings/plan")
    assert api.head() == head
    assert api.services.settings is settings


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "将关闭后重新打开"), ("en", "closed and opened anew")])
async def test_a_technician_reads_the_plan_in_either_language(api: Api, file: Path, language: str, said: str) -> None:
    edit(file, *PIN)
    result = await typed(api, "--lang", language)
    assert result.exit_code == 0, result.output
    assert "[device.sms]" in result.output
    assert said in result.output
    assert "reader-a" in result.output


async def test_a_plan_for_programs_is_the_answer_of_the_daemon(api: Api, file: Path) -> None:
    result = await typed(api, "--json")
    assert json.loads(result.stdout) == (await api.get("/v1/settings/plan")).json()


async def test_an_unchanged_file_plans_nothing(api: Api, file: Path) -> None:
    assert "changes nothing" in (await typed(api, "--lang", "en")).output


async def test_every_mistake_of_the_file_is_told_and_the_tool_says_that_it_failed(api: Api, file: Path) -> None:
    edit(file, "unit = 2", "unit = 1")
    edit(file, 'kind = "dossier"', 'kind = "shelf"')
    result = await typed(api, "--lang", "en")
    assert result.exit_code == 1
    assert "shelf" in result.output
    assert "2" in result.output.splitlines()[-1]


async def test_who_may_not_configure_may_not_look_at_the_plan(api: Api, file: Path) -> None:
    technician = api.services.settings.roles["technician"]
    api.services.settings = replace(
        api.services.settings,
        roles={"technician": replace(technician, grants=frozenset())},
    )
    assert (await api.get("/v1/settings/plan")).status_code == 403
