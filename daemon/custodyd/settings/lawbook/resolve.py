"""Checked tables → the limits of the law floor; it finds no mistakes any more, it only resolves names."""

from collections.abc import Iterable, Iterator, Mapping

from custodyd.law.length import Length
from custodyd.law.limit import Basis, ExtensionRule, Instrument, Limit, Version, Words
from custodyd.settings.lawbook import shape

Written = Mapping[str, shape.Limit]
_NOTHING = Words("", "")


def instruments(written: Mapping[str, shape.Instrument]) -> dict[str, Instrument]:
    """By id."""
    return {
        name: Instrument(
            name, _words(one.title), tuple(Version(v.name, v.since, v.mark) for v in one.versions), one.cites
        )
        for name, one in written.items()
    }


def limits(written: Written, sources: Mapping[str, Instrument]) -> dict[str, Limit]:
    """By id, each with every extension that may follow, also over several steps."""
    return {name: _limit(name, one, written, sources) for name, one in written.items()}


def _limit(name: str, one: shape.Limit, written: Written, sources: Mapping[str, Instrument]) -> Limit:
    return Limit(
        id=name,
        title=_words(one.title),
        cases=one.cases,
        start=_words(one.start),
        length=Length.parse(one.length) if one.length else None,
        rolling=one.rolling,
        responsible=_words(one.responsible),
        basis=tuple(_basis(one.basis, sources)),
        mark=one.mark,
        says=_words(one.says),
        note=_words(one.note) if one.note else _NOTHING,
        cited=one.cited,
        extensions=tuple(dict.fromkeys(_rules(one, written))),
        pauses=one.pauses,
        exact=one.exact,
        early=one.early,
        earliest=one.earliest,
        backward=one.backward,
    )


def _rules(one: shape.Limit, written: Written) -> Iterator[ExtensionRule]:
    """Its own rules, then those of the limits that they lead to; each is longer, so the walk ends."""
    for step in one.extension:
        after = Length.parse(step.after or one.length or "")
        longer = written[step.to].length if step.to else step.total
        yield ExtensionRule(Length.parse(longer or ""), after, step.approvers, _words(step.ground), step.repeats)
        if step.to:
            yield from _rules(written[step.to], written)


def _basis(cited: Iterable[str], sources: Mapping[str, Instrument]) -> Iterator[Basis]:
    for one in cited:
        name, _, articles = one.partition(" ")
        yield Basis(sources[name], articles)


def _words(words: shape.Words) -> Words:
    return Words(words.zh, words.en)
