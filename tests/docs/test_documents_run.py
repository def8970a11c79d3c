"""What the documents show works, and where they point is something."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import TOP, anchors, blocks, headings, links, pages

from custodyd.ledger import seals, tree
from custodyd.ledger.note import encode64

PAGES = pages()
SHOWING_CODE = [page for page in PAGES if "```python" in (TOP / page).read_text()]
DECISIONS = sorted((TOP / "docs/decisions").glob("*.md"))
_WEB = ("https://", "mailto:")


def run(page: Path) -> tuple[int, dict[str, Any]]:
    """Run every python block of `page` in order; returns how many examples were compared, and the page's names."""
    names: dict[str, Any] = {"__name__": page.stem.replace("-", "_")}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for block in blocks((TOP / page).read_text()):
        if block.language != "python":
            continue
        if ">>>" in block.text:
            test = doctest.DocTestParser().get_doctest(block.text, names, str(page), str(page), block.line - 1)
            runner.run(test, clear_globs=False)
            names.update(test.globs)
        else:  # the blank lines make a traceback name the line of the page
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
    assert runner.failures == 0, f"{page}: what it shows is not what happens (printed above)"
    return runner.tries, names


@pytest.mark.parametrize("page", SHOWING_CODE, ids=str)
def test_the_code_on_a_page_does_what_the_page_says(page: Path) -> None:
    assert run(page)[0] > 0, "a page with code compares at least one result"


def test_the_pages_that_promise_to_run_are_found() -> None:
    assert {Path("docs/adding-a-driver.md"), Path("docs/record.md")} <= set(SHOWING_CODE)


def test_what_the_page_on_the_record_computes_is_what_the_ledger_computes() -> None:
    _, page = run(Path("docs/record.md"))
    assert page["commitment"](bytes(range(32)), "李四") == encode64(seals.commitment(bytes(range(32)), "李四"))
    for size in range(20):
        leaves = [page["leaf"](bytes([index])) for index in range(size)]
        levels = tree.levels_over(leaves)
        assert page["root"](leaves) == tree.root(size, lambda level, index: levels[level][index])  # noqa: B023 - called at once


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = (TOP / page).read_text()
    for link in links(text):
        if link.startswith(_WEB):
            continue
        place, _, anchor = link.partition("#")
        target = (TOP / page).parent / place if place else TOP / page
        assert target.exists(), f"{page} points at {link}, which is not there"
        assert target.resolve().is_relative_to(TOP.resolve()), f"{link} leaves the project"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{link}: no such heading"


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_why_and_what_follows(page: Path) -> None:
    text = page.read_text()
    assert re.match(rf"# {page.stem[:4]} · .+\n\n\d{{4}}-\d\d-\d\d · (accepted|replaced by \d{{4}})\n", text)
    assert [heading in text for heading in ("## Context", "## Decision", "## Consequences")] == [True] * 3
    assert len(text.splitlines()) <= 60, "a decision is short"


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = (TOP / "docs/README.md").read_text()
    assert all(f"decisions/{page.name}" in index for page in DECISIONS)


def test_both_languages_tell_the_same_story() -> None:
    english, chinese = ((TOP / name).read_text() for name in ("README.md", "README.zh-CN.md"))
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]

    def commands(text: str) -> list[str]:
        lines = "".join(block.text for block in blocks(text) if block.language == "sh").splitlines()
        return [line.partition("#")[0].strip() for line in lines]

    assert commands(english) == commands(chinese)
