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
        for ask in ("terms", "count", "finding", "content"):
            app.show({"texts": {"en": ask}, "mood": "ready", "ask": ask})
            assert shown(app) == {f"row-{ask}", "row-emergency"}


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
