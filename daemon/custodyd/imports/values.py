"""Text as case platforms and spreadsheets write it → values; a value that is wrong is named by its mistake."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from custodyd.clock import CHINA, from_rfc3339
from custodyd.model.facts.cases import Involvement


class Wrong(Exception):
    """A value that is not taken; `why` is the mistake's short name."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


AHEAD_US = 10 * 60 * 1_000_000  # the platform's clock may be ahead of ours by as much
_EARLIEST = from_rfc3339("2000-01-01T00:00:00+08:00")
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # how spreadsheets are told to keep a long number as text
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}", re.ASCII)
_BADGE = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9]{5,20}", re.ASCII)
_RESIDENT = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_DOCUMENT = re.compile(r"[A-Z0-9-]{5,20}", re.ASCII)
_BETWEEN = re.compile(r"[、,，;；/\s]+")
_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(?:(\d{1,2})[:时](\d{1,2})分?(?::?(\d{1,2})秒?)?(?:\.(\d{1,6}))?)?"
    r" *(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"
_YES = frozenset({"是", "有", "yes", "y", "true", "1"})
_NO = frozenset({"否", "无", "no", "n", "false", "0"})
PARTS: Mapping[str, Involvement] = {
    **dict.fromkeys(("嫌疑人", "犯罪嫌疑人", "违法嫌疑人", "违法行为人", "suspect"), "suspect"),
    **dict.fromkeys(("被害人", "受害人", "被侵害人", "victim"), "victim"),
    **dict.fromkeys(("证人", "witness"), "witness"),
    **dict.fromkeys(("其他", "其它", "other"), "other"),
}


def bare(raw: str) -> str:
    """Without blanks around it, and without what a spreadsheet wraps round a text; raises Wrong for control codes."""
    text = raw.strip(" \t\r\n\u3000\ufeff\xa0")
    wrapped = _FORMULA.fullmatch(text)
    text = (wrapped[1] if wrapped else text.removeprefix("'")).strip(" \t\r\n\u3000")
    if not text.isprintable():
        raise Wrong("control")
    return text


def _narrow(text: str) -> str:
    """Full-width letters and digits as plain ones, capitals."""
    return unicodedata.normalize("NFKC", text).upper()


def _matching(text: str, pattern: re.Pattern[str], why: str) -> str:
    narrow = _narrow(text)
    if _SCIENTIFIC.fullmatch(narrow):
        raise Wrong("scientific")
    if not pattern.fullmatch(narrow):
        raise Wrong(why)
    return narrow


def code(text: str) -> str:
    """The short code of a case."""
    return _matching(text, _CODE, "bad_code")


def badge(text: str) -> str:
    """A police number."""
    return _matching(text, _BADGE, "bad_badge")


def badges(text: str) -> tuple[str, ...]:
    """Police numbers in a row, each once."""
    return tuple(dict.fromkeys(badge(part) for part in words(text)))


def words(text: str) -> list[str]:
    """The parts of an enumeration, as it is written in either language."""
    return [part for part in _BETWEEN.split(text) if part]


def number(text: str) -> str:
    """The platform's number of a person."""
    return _matching(text, _NUMBER, "bad_number")


def phone(text: str) -> str:
    """A telephone number, without the blanks and strokes that people put into it."""
    return _matching(re.sub(r"[ ()-]", "", text), _PHONE, "bad_phone")


def identity(text: str) -> str:
    """The number of an identity document; a resident's has its check digit right (GB 11643-1999)."""
    found = _matching(text, _DOCUMENT, "bad_identity")
    if _RESIDENT.fullmatch(found):
        digits = zip(found, _WEIGHTS, strict=False)
        if _CHECKS[sum(int(digit) * weight for digit, weight in digits) % 11] != found[17]:
            raise Wrong("check_digit")
    return found


def name(text: str) -> str:
    """A person's name."""
    if len(text) > 40:
        raise Wrong("too_long")
    return unicodedata.normalize("NFC", text)


def printed(text: str) -> str:
    """A code as the platform printed it."""
    if len(text) > 200:
        raise Wrong("too_long")
    return text


def yes(text: str) -> bool:
    """Yes or no."""
    word = _narrow(text).lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise Wrong("bad_choice")


def part(text: str) -> Involvement:
    """The part of a person in a case."""
    if text.lower() not in PARTS:
        raise Wrong("bad_choice")
    return PARTS[text.lower()]


def time(text: str, now: int) -> int:
    """Microseconds of a time to the minute or finer; China's where no offset says otherwise; not in the future."""
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise Wrong("bad_time")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if hour is None:
        raise Wrong("date_only")
    micros = int((fraction or "0").ljust(6, "0"))
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros, _zone(offset)
        )
        civil = from_rfc3339(moment.isoformat())
    except (ValueError, OverflowError) as exc:
        raise Wrong("bad_time") from exc
    if civil < _EARLIEST:
        raise Wrong("bad_time")
    if civil > now + AHEAD_US:
        raise Wrong("future")
    return civil


def _zone(offset: str | None) -> timezone:
    if offset is None:
        return CHINA
    if offset == "Z":
        return timezone(timedelta(0))
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))
