"""The one-time codes by which a reply acknowledges: made, put into a text, found in a reply; it must not act on them.

Four digits: what a person types on a telephone. A code counts only from the number to which it was sent.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable

from custodyd.texts import say

_CODE = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_LONGEST = 200  # of a reply that is read at all: three parts and more hold no code that somebody typed
_TRIES = 50  # then an older message's code is used once more, and the newer message is meant


def fresh(is_used: Callable[[str], bool], draw: Callable[[], int] = lambda: secrets.randbelow(10_000)) -> str:
    """A code that the person has not had yet, as long as there are such."""
    code = ""
    for _ in range(_TRIES):
        code = f"{draw():04}"
        if not is_used(code):
            break
    return code


def asking(text: str, code: str | None) -> str:
    """The text as it leaves: with what to reply, where an acknowledgement is wanted."""
    return text if code is None else say("sms.reply", message=text, code=code)


def found(reply: str) -> str | None:
    """The one code in a reply, also in full-width digits; None where there is none, or more than one. Hostile text."""
    if len(reply) > _LONGEST:
        return None
    codes = set(_CODE.findall(unicodedata.normalize("NFKC", reply)))
    return codes.pop() if len(codes) == 1 else None
