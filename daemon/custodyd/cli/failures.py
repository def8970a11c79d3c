"""Why a command may come to nothing, as exceptions that every command may raise; it must not know how they are told."""

import errno
from pathlib import Path
from typing import Literal

from custodyd.texts import Locale, known, say

Why = Literal["missing", "refused", "denied", "silent"]


class Refused(Exception):
    """The daemon said no: `status`, the `rule`, its sentence and next step by language tag, a `detail` if any."""

    def __init__(
        self, status: int, rule: str, texts: dict[str, str], next_step: dict[str, str], detail: str = ""
    ) -> None:
        super().__init__(rule)
        self.status = status
        self.detail = detail
        self.rule = rule
        self.texts = texts
        self.next_step = next_step


class Unreachable(Exception):
    """Nobody answers at `socket`; `why` says what that looks like."""

    def __init__(self, socket: Path, why: Why) -> None:
        super().__init__(why)
        self.socket = socket
        self.why: Why = why


class Stopped(Exception):
    """The tool itself cannot go on: its sentence is `ctl.stopped_<text>`, with these facts.

    The operating system's own reason, where it is one, is the fact `detail`.
    """

    def __init__(self, text: str, error: OSError | None = None, **facts: str | int) -> None:
        super().__init__(text)
        self.text = text
        self.error = error
        self.facts = facts


def reason(error: OSError, locale: Locale) -> str:
    """What the operating system said, in words of ours for what happens most, else in its own."""
    id = f"ctl.errno_{errno.errorcode.get(error.errno or 0, '').lower()}"
    return say(id, locale) if known(id) else error.strerror or str(error)
