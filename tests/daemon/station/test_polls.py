"""Sources that are polled begin, go on and end as the settings say."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

from tests.daemon.imports.support import place

from custodyd.settings.shape import Import, Views


async def test_a_source_begins_with_the_settings_that_name_it_and_ends_with_those_that_do_not(tmp_path: Path) -> None:
    file, home = tmp_path / "platform.db", tmp_path / "station"
    home.mkdir()
    with sqlite3.connect(file) as base:
        base.execute("CREATE TABLE t (badge TEXT, name TEXT)")
        base.execute("INSERT INTO t VALUES ('031001', '模拟甲')")
    base.close()
    one = Import(label="模拟平台", dialect="sqlite", database=str(file), interval_s=1, views=Views(officer="t"))
    async with place(home) as at:
        (home / "credentials" / "import-lite").write_text("secret\n")
        polls, settings = at.station.polls, at.station.settings
        polls.refit(settings)  # before it runs
        running = asyncio.create_task(polls.run())
        await asyncio.sleep(0)
        polls.refit(replace(settings, imports={"lite": one}))
        async with asyncio.timeout(20):
            async for entry in at.station.ledger.follow(("0", -1)):
                if entry.kind == "import.applied":
                    break
        assert entry.data["source"] == "lite"
        names = {task.get_name() for task in asyncio.all_tasks()}
        polls.refit(replace(settings, imports={"lite": one}))
        polls.refit(settings)
        await asyncio.sleep(0)
        assert "import lite" in names - {task.get_name() for task in asyncio.all_tasks()}
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
