"""The terminal view of a cabinet: polls its screen, offers the inputs that are asked for; it must not know a rule."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, ClassVar, cast

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Select, Static

from custodyd.cli.client import Client, find_socket
from custodyd.cli.failures import Refused, Unreachable
from custodyd.cli.session import Session, escaped

POLL_S = 0.5
_LONGEST_H = 10_000
_PURPOSES = ("interview", "copying", "submission", "transfer", "court", "other")
_ACTS = ("withdrawal", "review", "handover", "inventory")
_FINDINGS = ("passed", "to-correct")
_PANELS = {
    "code": ("choose", "vouch"),
    "terms": ("terms",),
    "count": ("count",),
    "finding": ("finding",),
    "content": ("content",),
}
"""What the cabinet asks → the rows of inputs that may answer it."""


class KioskView(App[None]):
    """One cabinet's screen. Ctrl-Q ends it."""

    CSS = """
    #said { height: auto; padding: 1 2; text-style: bold; }
    #next { height: auto; padding: 0 2 1 2; }
    #problem { height: auto; padding: 0 2; color: $error; }
    .ready { background: $primary-darken-2; } .working { background: $warning-darken-2; }
    .good { background: $success-darken-2; } .bad { background: $error-darken-2; }
    Horizontal { height: auto; } Input, Select { width: 1fr; }
    """
    ENABLE_COMMAND_PALETTE = False
    _moods: ClassVar[tuple[str, ...]] = ("ready", "working", "good", "bad")

    def __init__(self, session: Session, cabinet: str, poll_s: float = POLL_S) -> None:
        super().__init__()
        self.session = session
        self.path = f"/v1/cabinets/{escaped(cabinet)}"
        self.title = cabinet
        self.poll_s = poll_s
        self.client = Client(find_socket(session.socket))
        self.asked = ""
        self.lost = False

    def compose(self) -> ComposeResult:
        """The sentence, the next step, one row of inputs per question, the two buttons that are always there."""
        yield Static(id="said", markup=False)
        yield Static(id="next", markup=False)
        yield self._row("choose", self._select("act", _ACTS), self._input("dossier"))
        yield self._row("vouch", self._input("person"))
        yield self._row("terms", self._select("purpose", _PURPOSES), self._input("hours"))
        yield self._row("count", self._input("pages"), self._input("seal"))
        yield self._row("finding", self._select("verdict", _FINDINGS), self._input("remark"))
        yield self._row("content")
        yield self._row("emergency", self._input("compartment"))
        yield Button(self.session.say("ctl.kiosk_leave"), id="leave")
        yield Static(id="problem", markup=False)

    def _row(self, name: str, *inputs: Input | Select[str]) -> Horizontal:
        send = Button(self.session.say(f"ctl.kiosk_{name}"), id=f"send-{name}")
        return Horizontal(*inputs, send, id=f"row-{name}")

    def _input(self, name: str) -> Input:
        return Input(placeholder=self.session.say(f"ctl.kiosk_{name}_field"), id=name)

    def _select(self, name: str, values: Sequence[str]) -> Select[str]:
        options = [(self.session.word(value), value) for value in values]
        return Select(options, allow_blank=False, id=name)

    async def on_mount(self) -> None:
        """Begin to look."""
        await self.look()
        self.set_interval(self.poll_s, self.look)

    def on_unmount(self) -> None:
        """Let go of the daemon."""
        self.client.close()

    async def look(self) -> None:
        """Ask the daemon what stands on the screen now."""
        try:
            self.show(await asyncio.to_thread(self.client.get, f"{self.path}/screen"))
        except Unreachable as exc:
            self.lost = True
            self._problem(self.session.say(f"ctl.unreachable_{exc.why}", socket=str(exc.socket)))
        except Refused as exc:
            self.lost = True
            self._problem(self.session.spoken(exc.texts))
        else:
            if self.lost:  # a refusal of what was typed stays until the next try
                self.lost = False
                self._problem("")

    def show(self, screen: dict[str, Any]) -> None:
        """Put a screen of the API onto this one."""
        said = self.query_one("#said", Static)
        said.update(self.session.spoken(screen["texts"]))
        said.set_classes(screen["mood"] if screen["mood"] in self._moods else "")
        self.query_one("#next", Static).update(self.session.spoken(screen.get("next_step") or {}))
        self.asked = screen["ask"]
        asked = _PANELS.get(self.asked, ())
        for row in chain(*_PANELS.values()):
            self.query_one(f"#row-{row}").display = row in asked

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """Send what was typed; a refusal is told below."""
        name = (event.button.id or "").removeprefix("send-")
        try:
            verb, body = self._said(name)
            if name == "terms":  # the station's time counts, not this terminal's
                now = (await asyncio.to_thread(self.client.get, "/v1/status"))["now"]
                body["due"] = _due(now, self._typed("hours"))
            self.show(await asyncio.to_thread(self.client.post, f"{self.path}/{verb}", body))
            self._problem("")
        except ValueError:
            self._problem(self.session.say("ctl.kiosk_number"))
        except Refused as exc:
            self._problem(f"{self.session.spoken(exc.texts)} {self.session.spoken(exc.next_step)}")
        except Unreachable as exc:
            self._problem(self.session.say(f"ctl.unreachable_{exc.why}", socket=str(exc.socket)))

    def _said(self, name: str) -> tuple[str, dict[str, Any]]:
        """(verb, body) of a button; raises ValueError where a number is none."""
        match name:
            case "choose":
                act, typed = self._chosen("act"), self._typed("dossier")
                which = {"compartment": int(typed)} if act == "inventory" else {"dossier": typed.upper()}
                return "choose", {"act": act, **which}
            case "vouch":
                return "vouch", {"person": self._typed("person").lower()}
            case "terms":
                return "terms", {"purpose": self._chosen("purpose")}
            case "count":
                pages = self._typed("pages")
                return "count", {"pages": int(pages) if pages else None, "seal": self._typed("seal") or None}
            case "finding":
                return "count", {"finding": self._chosen("verdict"), "remark": self._typed("remark") or None}
            case "content":
                return "count", {"empty": True}
            case "emergency":
                return "emergency", {"compartment": int(self._typed("compartment"))}
            case _:
                return "leave", {}

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _chosen(self, name: str) -> str:
        chosen = cast("Select[str]", self.query_one(f"#{name}", Select))
        return str(chosen.value)

    def _problem(self, sentence: str) -> None:
        self.query_one("#problem", Static).update(sentence)


def _due(now: str, hours: str) -> str:
    """RFC 3339 of the time `hours` after `now`; raises ValueError."""
    count = float(hours)
    if not 0 < count < _LONGEST_H:
        raise ValueError("hours")
    return (datetime.fromisoformat(now) + timedelta(hours=count)).isoformat()
