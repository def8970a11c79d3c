"""The catalogues themselves: complete in both languages, compiled, used, written as each language is written."""

import ast
import importlib.util
import re
import string
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from custodyd.labels.codes import Kind
from custodyd.ledger.errors import Trouble
from custodyd.model.facts import KINDS
from custodyd.policy import RULES
from custodyd.texts import FAMILIES, Locale, known

ROOT = Path(__file__).parents[3]
LOCALE = ROOT / "daemon" / "custodyd" / "texts" / "locale"
ID = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+")
COMPOSED = re.compile(r"[a-z]+(-|\.[a-z]+_)|sms\.")  # an act or a reason follows
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# What takes a message id as its first argument, on any floor.
SPEAKERS = frozenset({"say", "text", "Text", "Screen", "Told", "WrongDirectory"})

# Sentences whose speaker is still to come, by what they begin with. It may only grow shorter.
FORESEEN = (
    *("word.colour.", "clock.unsynced", "refused.own-request"),
    *("refused.reader-blind", "refused.scanner-blind", "refused.lock-blind", "refused.compartment-out-of-service"),
)


def sentences(name: str) -> dict[str, str]:
    with (LOCALE / f"{name}.po").open("rb") as lines:
        return {str(message.id): str(message.string) for message in read_po(lines) if message.id}


ZH, EN = sentences("zh_CN"), sentences("en")


def trees() -> list[ast.AST]:
    return [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "daemon").rglob("*.py"))]


def literals() -> frozenset[str]:
    nodes = (node for tree in trees() for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def alternatives(node: ast.expr) -> list[ast.expr]:
    return [*alternatives(node.body), *alternatives(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def spoken() -> list[ast.expr]:
    """What code gives to a speaker as the id."""
    calls = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = (call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in SPEAKERS)
    return [one for call in named for one in alternatives(call.args[0])]


def written(node: ast.expr) -> str | None:
    """The text of a constant, or the constant beginning of a composed one."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def composed() -> tuple[str, ...]:
    """The constant beginnings of all composed texts in the code: `cabinet.opening_`, `code-`; whole families apart."""
    nodes = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return tuple({start for node in nodes if (start := written(node)) and COMPOSED.fullmatch(start)})


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_catalogues_know_the_same_ids() -> None:
    assert ZH.keys() == EN.keys()


@pytest.mark.parametrize("name", ["zh_CN", "en"])
def test_an_id_stands_once_in_a_catalogue(name: str) -> None:
    ids = re.findall(r'^msgid "(.+)"$', (LOCALE / f"{name}.po").read_text("utf-8"), re.MULTILINE)
    assert [id for id, times in Counter(ids).items() if times > 1] == []
    assert len(ids) == len(sentences(name)), "an id runs over several lines or is marked obsolete"


@pytest.mark.parametrize("id", sorted(ZH))
def test_a_sentence_is_whole_in_both_languages(id: str) -> None:
    assert ID.fullmatch(id)
    assert ZH[id].strip() == ZH[id] != ""
    assert EN[id].strip() == EN[id] != ""
    assert placeholders(ZH[id]) == placeholders(EN[id])
    assert all(name.isidentifier() for name in placeholders(ZH[id])), "a placeholder is a plain name"


@pytest.mark.parametrize("id", sorted(ZH))
def test_chinese_reads_as_chinese_and_english_as_english(id: str) -> None:
    chinese = re.sub(r"\{\w+\}", "", ZH[id])
    assert CHINESE.search(chinese)
    assert not re.search(r"[\u4e00-\u9fff]\s*[,;:?!()]", chinese), "Chinese takes full-width punctuation"
    assert not re.search(r"[\u4e00-\u9fff]\.", chinese), "a Chinese sentence ends in 。"
    assert EN[id].isascii()


def test_the_compiled_catalogues_are_those_of_the_sources() -> None:
    path = ROOT / "tests" / "setup" / "compile_texts.py"
    spec = importlib.util.spec_from_file_location("compile_texts", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for source in LOCALE.rglob("*.po"):
        stale = f"run .venv/bin/python tests/setup/compile_texts.py: {source.name} is newer than its .mo"
        assert source.with_suffix(".mo").read_bytes() == script.compiled(source), stale


def test_every_kind_of_entry_has_a_caption() -> None:
    assert [kind for kind in KINDS if not known(f"kind.{kind}")] == []


def test_every_kind_of_label_has_a_caption() -> None:
    assert [kind for kind in Kind if not known(f"label.{kind.name.lower()}")] == []


def test_a_refusal_says_what_to_do_next() -> None:
    rules = {id for id in ZH if id.startswith("refused.") and not id.endswith(".next")}
    assert {f"{id}.next" for id in rules} == {id for id in ZH if id.startswith("refused.")} - rules


def test_every_sentence_that_code_names_exists() -> None:
    whole = {text for node in spoken() if isinstance(node, ast.Constant) and (text := written(node))}
    assert [id for id in sorted(whole) if ID.fullmatch(id) and not known(id)] == []


def test_every_id_that_code_composes_begins_like_a_sentence() -> None:
    begun = {text for node in spoken() if isinstance(node, ast.JoinedStr) and (text := written(node))}
    assert [start for start in begun if not any(id.startswith(start) for id in ZH)] == []


@pytest.mark.parametrize("act", ["deposit", "withdrawal", "return", "review", "inventory"])
def test_every_act_at_a_cabinet_has_its_screens(act: str) -> None:
    assert [step for step in ("opening", "open", "done") if not known(f"cabinet.{step}_{act}")] == []


@pytest.mark.parametrize("rule", [*RULES, *(f"storage-{trouble}" for trouble in get_args(Trouble))])
def test_every_rule_that_refuses_has_a_sentence(rule: str) -> None:
    assert known(f"refused.{rule}")
    assert not placeholders(ZH[f"refused.{rule}"]), "a rule is told without facts"


@pytest.mark.parametrize(("raised", "rule"), [("NotFound", "not-found"), ("Conflict", "conflict")])
def test_everything_that_may_be_missing_or_in_the_way_has_a_sentence_of_its_own(raised: str, rule: str) -> None:
    calls = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = [call for call in calls if getattr(call.func, "id", "") == raised]
    things = {written(one) for call in named for one in alternatives(call.args[0])}
    assert things
    assert [thing for thing in things if not known(f"refused.{rule}-{thing}")] == []


def test_every_sentence_is_used() -> None:
    named = literals() | {kind.name.lower() for kind in Kind}
    begun = composed()

    def used(id: str) -> bool:
        family, _, leaf = id.partition(".")
        word = leaf.removesuffix(".next")
        about = word.removeprefix("not-found-").removeprefix("conflict-")
        known_word = word in named or about in named or word.startswith(begun)
        return id in named or id.startswith(begun) or (family in FAMILIES and known_word)

    unused = {id for id in ZH if not used(id)}
    assert sorted(id for id in unused if not id.startswith(FORESEEN)) == []
    assert [start for start in FORESEEN if not any(id.startswith(start) for id in unused)] == [], "no longer foreseen"


@pytest.mark.parametrize("id", sorted(id for id in ZH if id.startswith("sms.")))
def test_a_short_message_has_no_room_for_a_person_or_a_place(id: str) -> None:
    facts = {"case", "item", "hours", "due", "segment", "size", "root", "message", "count", "code", "cases"}
    assert placeholders(ZH[id]) <= facts
    assert len(ZH[id]) <= 60, "with its facts it must fit one UCS-2 message of 70 characters"


def test_the_catalogues_are_named_after_the_locales() -> None:
    assert {path.stem for path in LOCALE.glob("*.mo")} == {locale.replace("-", "_") for locale in Locale}
