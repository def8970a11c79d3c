"""The catalogues themselves: complete in both languages, compiled, used, written as each language is written."""

import ast
import importlib.util
import re
import string
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from custodyd.labels.codes import Kind
from custodyd.model.facts import KINDS
from custodyd.texts import FAMILIES, Locale, known

ROOT = Path(__file__).parents[3]
LOCALE = ROOT / "daemon" / "custodyd" / "texts" / "locale"
ID = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# First words of sentences whose floor is not finished yet; a finished floor leaves this list.
FORESEEN = frozenset({"word", "settings", "storage", "ledger", "clock", "refused", "incident", "sms"})


def sentences(name: str) -> dict[str, str]:
    with (LOCALE / f"{name}.po").open("rb") as lines:
        return {str(message.id): str(message.string) for message in read_po(lines) if message.id}


ZH, EN = sentences("zh_CN"), sentences("en")


def trees() -> list[ast.AST]:
    return [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "daemon").rglob("*.py"))]


def literals() -> frozenset[str]:
    nodes = (node for tree in trees() for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def spoken() -> frozenset[str]:
    """Ids that code gives to say, text or Text as they stand."""
    calls = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = (
        call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in {"say", "text", "Text"}
    )
    first = (call.args[0] for call in named)
    return frozenset(node.value for node in first if isinstance(node, ast.Constant) and isinstance(node.value, str))


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
    for source in LOCALE.glob("*.po"):
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
    assert [id for id in sorted(spoken()) if ID.fullmatch(id) and not known(id)] == []


def test_every_sentence_is_used() -> None:
    named = literals() | {kind.name.lower() for kind in Kind}

    def used(id: str) -> bool:
        family, _, leaf = id.partition(".")
        return id in named or (family in FAMILIES and leaf.removesuffix(".next") in named) or family in FORESEEN

    assert [id for id in ZH if not used(id)] == []


@pytest.mark.parametrize("id", sorted(id for id in ZH if id.startswith("sms.")))
def test_a_short_message_has_no_room_for_a_person_or_a_place(id: str) -> None:
    assert placeholders(ZH[id]) <= {"case", "item", "hours", "segment", "size", "root", "message"}
    assert len(ZH[id]) <= 60, "with its facts it must fit one UCS-2 message of 70 characters"


def test_the_catalogues_are_named_after_the_locales() -> None:
    assert {path.stem for path in LOCALE.glob("*.mo")} == {locale.replace("-", "_") for locale in Locale}
