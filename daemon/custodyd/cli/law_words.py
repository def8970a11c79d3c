"""What `custodyctl law` prints: mistakes, a summary, rows, a reckoning, differences; it reads no file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import click

from custodyd.cli.session import REFUSED, Session
from custodyd.law import DataSet, Deadline, Limit, Words
from custodyd.law.dataset import Difference, differences
from custodyd.law.words import explained, word
from custodyd.law.words import length as length_in_words
from custodyd.settings import Mistakes
from custodyd.settings.lawbook import Lawbook
from custodyd.texts import Locale

_BETWEEN = {Locale.ZH: "；", Locale.EN: "; "}


def mistakes(session: Session, exc: Mistakes) -> int:
    """Print every mistake with its place; returns the exit status."""
    if session.as_json:
        session.print_json(
            [{"file": str(one.file), "line": one.line, "key": one.key, "texts": dict(one.text)} for one in exc.list]
        )
        return REFUSED
    for one in exc.list:
        click.echo(f"{one.file}:{one.line}:{one.column}: {session.spoken(one.text)}")
    click.echo(session.say("settings.check.bad", count=len(exc.list)))
    return REFUSED


def checked(session: Session, book: Lawbook, today: date) -> None:
    """Print that the files are good, what they hold, and what is still to be verified."""
    data, calendar = book.data, book.calendar
    left, missing = calendar.days_left(today), calendar.first_missing(today)
    unverified = [limit.id for limit in data.unverified]
    if session.as_json:
        session.print_json(
            {"version": data.version, "digest": data.digest, "limits": len(data.limits), "unverified": unverified,
             "days_left": left, "missing_year": missing}
        )  # fmt: skip
        return
    click.echo(session.say("ctl.law_good", count=len(data.limits), version=data.version, digest=data.digest))
    click.echo(session.say("ctl.law_unverified", count=len(unverified), limits=", ".join(unverified)))
    click.echo(session.say("ctl.law_calendar", year=missing, days=left))


def listed_rows(session: Session, data: DataSet) -> Sequence[Mapping[str, Any]]:
    """One row a limit, in the language of the session."""
    return [
        {
            "limit": limit.id,
            "title": limit.title.say(session.locale),
            "length": str(limit.length or ""),
            "rolling": session.word(limit.rolling),
            "mark": word("mark", limit.mark, session.locale),
            "basis": "; ".join(f"{one.instrument.id} {one.articles}".strip() for one in limit.basis),
        }
        for limit in data.limits.values()
    ]


def explained_lines(session: Session, data: DataSet, limit: Limit, found: Deadline) -> Iterator[str]:
    """The page that is printed: the limit, what the law says in words, the reckoning, the version of the data."""
    locale = session.locale
    yield f"{limit.title.say(locale)} ({limit.id})"
    says = (limit.says, limit.note) if limit.note.say(locale) else (limit.says,)
    yield session.say("ctl.law_says", words=_BETWEEN[locale].join(one.say(locale) for one in says))
    yield session.say("ctl.law_counted", start=limit.start.say(locale), responsible=limit.responsible.say(locale))
    for number, line in enumerate(explained(found.lines, locale), 1):
        yield f"{number:>2}. {line}"
    yield session.say("ctl.law_version", version=data.version)


def as_json(session: Session, data: DataSet, found: Deadline) -> Mapping[str, Any]:
    """The reckoning for programs."""
    said = explained(found.lines, session.locale)
    return {
        "limit": found.limit,
        "law": data.version,
        "start": found.start.isoformat(),
        "total": str(found.total),
        "due": found.due.isoformat(),
        "alarm": found.alarm.isoformat(),
        "alternative": found.alternative.isoformat() if found.alternative else None,
        "kind_of_alternative": found.kind_of_alternative,
        "provisional": found.provisional,
        "lines": [
            {"op": line.op, "values": dict(line.values), "text": text}
            for line, text in zip(found.lines, said, strict=True)
        ],
    }


def compared(session: Session, old: DataSet, new: DataSet) -> None:
    """Print what differs, a line each, or that nothing does."""
    found = list(differences(old, new))
    if session.as_json:
        session.print_json([_difference(session, one) for one in found])
        return
    for one in found:
        click.echo(_sentence(session, one))
    click.echo(session.say("ctl.law_differences", count=len(found), old=old.version, new=new.version))


def _difference(session: Session, one: Difference) -> Mapping[str, Any]:
    fields = {name: [_shown(session, one.old, name), _shown(session, one.new, name)] for name in one.fields}
    what = "added" if one.old is None else "removed" if one.new is None else "changed"
    return {"limit": one.limit, "what": what, "fields": fields}


def _sentence(session: Session, one: Difference) -> str:
    if one.old is None or one.new is None:
        return session.say("ctl.law_added" if one.old is None else "ctl.law_removed", limit=one.limit)
    changed = [f"{name} {_shown(session, one.old, name)} → {_shown(session, one.new, name)}" for name in one.fields]
    return session.say("ctl.law_changed", limit=one.limit, fields=_BETWEEN[session.locale].join(changed))


def _shown(session: Session, limit: Limit | None, name: str) -> str:
    value = getattr(limit, name)
    if isinstance(value, Words):
        return value.say(session.locale)
    if name == "length":
        return length_in_words(value, session.locale) if value is not None else "—"
    if name == "extensions":
        return ", ".join(str(rule.total) for rule in value) or "—"
    if name == "basis":
        return ", ".join(f"{one.instrument.id} {one.articles}".rstrip() for one in value) or "—"
    return str(value)
