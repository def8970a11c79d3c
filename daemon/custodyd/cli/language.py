"""Which language a tool speaks, in its own sentences and in those of click; chosen once, before anything is said."""

import gettext
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from itertools import pairwise

from custodyd.texts import Locale, say


def preferred(environment: Mapping[str, str]) -> Locale:
    """English where the environment asks for it, else Chinese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return Locale.EN if value.lower().startswith("en") else Locale.ZH
    return Locale.ZH


def chosen(words: Sequence[str], environment: Mapping[str, str]) -> Locale:
    """The language that a command line names with --lang, else that of the environment."""
    named = [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    named += [after for word, after in pairwise(words) if word == "--lang"]
    return Locale(named[-1]) if named and named[-1] in set(Locale) else preferred(environment)


SPOKEN = chosen(sys.argv[1:], os.environ)
"""The language of help, which is read before any command runs."""


def helped(id: str) -> str:
    """A sentence of help."""
    return say(id, SPOKEN)


def teach_click() -> None:
    """Let the library say "Usage" and what is wrong with a command line in Chinese where Chinese is spoken."""
    if SPOKEN is not Locale.ZH:
        return
    os.environ["LANGUAGE"] = "zh_CN"  # what gettext looks at first
    with as_file(files("custodyd.texts") / "locale" / "click") as folder:
        gettext.bindtextdomain("messages", str(folder))
    gettext.textdomain("messages")
