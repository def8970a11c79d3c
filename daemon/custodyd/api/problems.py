"""Refusals and mistakes as application/problem+json (RFC 9457), in both languages, with the next step; no decision."""

import msgspec

from custodyd.texts import text


class Problem(Exception):
    """An answer that is not what was asked for. `rule` names the sentence `refused.<rule>`."""

    def __init__(self, status: int, rule: str) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule

    def body(self) -> bytes:
        """The problem document."""
        said = text(f"refused.{self.rule}").both()
        document = {
            "type": f"urn:custodyd:refused:{self.rule}",
            "title": said["en"],
            "status": self.status,
            "rule": self.rule,
            "texts": said,
            "next_step": text(f"refused.{self.rule}.next").both(),
        }
        return msgspec.json.encode(document)


NOT_FOUND = "not-found"
MALFORMED = "malformed"
CONFLICT = "conflict"
