"""The terminal view of a cabinet, typed into by a pilot, against a real station's API."""

from typing import Any

from textual.widgets import Input, Static

from custodyd.cli.kiosk_view import KioskView
from custodyd.cli.session import Session
from custodyd.texts import Locale


def view(station: Any) -> KioskView:
    return KioskView(Session(socket=station.socket, locale=Locale.EN), "dossier-a", poll_s=60)


def said(app: KioskView, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).content)


def shown(app: KioskView) -> set[str]:
    return {row.id for row in app.query("Horizontal") if row.id and row.display}


async def test_the_screen_says_what_the_cabinet_says(station: Any) -> None:
    app = view(station)
    async with app.run_test():
        assert said(app, "said") == station.json("kiosk", "dossier-a")["texts"]["en"]
        assert shown(app) == {"row-emergency"}


async def test_inputs_stand_there_only_when_they_are_asked_for(station: Any) -> None:
    app = view(station)
    async with app.run_test():
        rows = {ask: {f"row-{ask}"} for ask in ("terms", "count", "finding", "content")}
        for ask, asked in {**rows, "code": {"row-choose", "row-vouch"}}.items():
            app.show({"texts": {"en": ask}, "mood": "ready", "ask": ask})
            assert shown(app) == {*asked, "row-emergency"}


async def test_who_stands_there_may_name_an_officer_whose_finger_fails(station: Any) -> None:
    app = view(station)
    async with app.run_test(size=(100, 40)) as pilot:
        app.show({"texts": {"en": "code"}, "mood": "ready", "ask": "code"})
        await pilot.pause()
        app.query_one("#person", Input).value = station.json("people", "add", "模拟甲", "--role", "case-officer")["id"]
        await pilot.click("#send-vouch")
        await pilot.pause()
        assert "The identification has expired." in said(app, "problem")  # nobody stands there


async def test_a_daemon_that_is_gone_is_told_until_it_is_back(station: Any) -> None:
    app = view(station)
    async with app.run_test():
        there, app.client.socket = app.client.socket, station.socket.with_name("gone.sock")
        await app.look()
        assert "The daemon does not run" in said(app, "problem")
        app.client.socket = there
        await app.look()
        assert said(app, "problem") == ""


async def test_an_emergency_that_is_asked_for_arms_the_cabinet(station: Any) -> None:
    app = view(station)
    async with app.run_test(size=(100, 40)) as pilot:
        app.query_one("#compartment", Input).value = "1"
        await pilot.click("#send-emergency")
        await pilot.pause()
        assert said(app, "problem") == ""
        assert said(app, "said") == station.json("kiosk", "dossier-a")["texts"]["en"]
        assert station.json("cabinets")[0]["visit"] == "armed"


async def test_a_number_that_is_none_is_told_and_not_sent(station: Any) -> None:
    app = view(station)
    async with app.run_test(size=(100, 40)) as pilot:
        app.query_one("#compartment", Input).value = "one"
        await pilot.click("#send-emergency")
        await pilot.pause()
        assert said(app, "problem") == "Please type a number."
        assert station.json("cabinets")[0]["visit"] == "idle"
