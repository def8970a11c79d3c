"""Refusals and mistakes as application/problem+json (RFC 9457), in both languages, with the next step; no decision."""

import msgspec

from custodyd.texts import known, text

NOT_FOUND = "not-found"
MALFORMED = "malformed"
CONFLICT = "conflict"


class Problem(Exception):
    """An answer that is not what was asked for. `rule` names the sentence `refused.<rule>`.

    `about` narrows it to a thing, whose sentence `refused.<rule>-<about>` comes first where there is one; `detail` is
    for whoever mends the request, in English, without personal data that the request itself did not hold.
    """

    def __init__(self, status: int, rule: str, *, about: str | None = None, detail: str | None = None) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule
        self.about = about
        self.detail = detail

    def body(self) -> bytes:
        """The problem document."""
        sentence = f"refused.{self.rule}"
        if self.about is not None and known(f"{sentence}-{self.about}"):
            sentence = f"{sentence}-{self.about}"
        said = text(sentence).both()
        document = {
            "type": f"urn:custodyd:refused:{self.rule}",
            "title": said["en"],
            "status": self.status,
            "rule": self.rule,
            "about": self.about,
            "texts": said,
            "next_step": text(f"{sentence}.next").both(),
            "detail": self.detail,
        }
        return msgspec.json.encode({name: value for name, value in document.items() if value is not None})
