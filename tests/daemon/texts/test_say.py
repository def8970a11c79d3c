"""What a caller of the texts sees: the language, the facts, and no crash whatever is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.texts import Locale, Text, known, say, text


def test_chinese_is_the_default() -> None:
    assert say("kind.dossier.deposited") == "卷宗已入柜"
    assert say("kind.dossier.deposited", Locale.EN) == "Dossier deposited"


def test_facts_fill_the_placeholders() -> None:
    told = say("sms.deposit.blue", Locale.EN, case="K7Q2", item="JZ-02", due="11-24 12:07")
    assert told == "[BLUE] Case K7Q2 item JZ-02: the dossier is due in the cabinet by 11-24 12:07."


def test_a_missing_fact_leaves_its_name_on_the_screen() -> None:
    assert say("sms.test", Locale.EN) == "Test message, number {item}. No reply needed."


def test_a_fact_with_braces_is_only_text() -> None:
    assert say("sms.test", Locale.EN, item="{0.__class__}") == "Test message, number {0.__class__}. No reply needed."


@pytest.mark.parametrize("id", ["", "no.such.sentence", "{x}"])
def test_an_unknown_id_is_shown_as_it_is(id: str) -> None:
    assert say(id, Locale.EN, x="y") == id
    assert not known(id)


@given(st.text(), st.dictionaries(st.text(alphabet="abc", min_size=1), st.text() | st.integers()))
def test_nothing_that_is_asked_crashes(id: str, facts: dict[str, str | int]) -> None:
    assert isinstance(say(id, Locale.ZH, **facts), str)


def test_a_text_speaks_both_languages() -> None:
    full = text("refused.cabinet-full")
    assert full.both() == {"zh-CN": full.zh, "en": full.en}
    assert full == Text("refused.cabinet-full")
    assert full.en == "The cabinet has no free compartment."


def test_texts_can_be_kept_in_sets() -> None:
    assert len({text("sms.test", item=1), text("sms.test", item=1), text("sms.test", item=2)}) == 2
