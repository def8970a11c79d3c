"""The project's Markdown, read as a reader would: code blocks to run, links to follow, headings to land on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
_NOT_OURS = {"node_modules", "build", "dist"}
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line where the text begins."""

    language: str
    text: str
    line: int


def pages() -> list[Path]:
    """Every Markdown file of the project; hidden directories hold tools and state."""
    found = (path.relative_to(TOP) for path in TOP.rglob("*.md"))
    return sorted(p for p in found if not any(part.startswith(".") or part in _NOT_OURS for part in p.parts))


def blocks(text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        yield Block(found[1], found[2], text.count("\n", 0, found.start(2)) + 1)


def prose(text: str) -> str:
    """The page without code, where a bracket is a bracket."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))


def links(text: str) -> list[str]:
    return _LINK.findall(prose(text))


def headings(text: str) -> list[tuple[int, str]]:
    """(level, words) of each heading."""
    return [(len(found[1]), found[2]) for found in _HEADING.finditer(_FENCE.sub("", text))]


def anchors(text: str) -> set[str]:
    """What a heading is called in a link, as the forges that render Markdown do it."""
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in headings(text)}
