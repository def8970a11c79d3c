"""`custodyctl law`: check the law's files, list and explain limits, compare data sets; it needs no daemon."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.language import SPOKEN, helped
from custodyd.cli.law_words import as_json, checked, compared, explained_lines, listed_rows, mistakes
from custodyd.cli.session import OK, REFUSED, Session, Tool, with_session
from custodyd.clock import SystemClock
from custodyd.law import DataSet, Deadline, Extension, LawError, Length, Limit, Pause, before, deadline
from custodyd.law.limit import Approver, Reason
from custodyd.model.civil import CHINA, civil
from custodyd.settings import Mistakes
from custodyd.settings.lawbook import Lawbook, lawbook, shipped
from custodyd.settings.wording import nearest
from custodyd.texts import say

FOLDER = Path("/etc/custodyd")
SHIPPED = "shipped"


class Moment(click.ParamType[datetime]):
    """A time as people write it, `2026-09-01 10:00`, in Beijing where no offset is given."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or fail with a sentence."""
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(say("ctl.law_no-time", SPOKEN, value=str(value)), param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=CHINA)


class Total(click.ParamType[Length]):
    """A length, `60d`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Length:
        """Read it, or fail with a sentence."""
        try:
            return Length.parse(str(value))
        except ValueError:
            self.fail(say("ctl.law_no-length", SPOKEN, value=str(value)), param, ctx)


_folder = click.option(
    "--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True, help=helped("ctl.help_law_folder")
)
_EXTENSION = click.Tuple([Total(), click.Choice(get_args(Approver)), str, Moment()])
_PAUSE = click.Tuple([Moment(), Moment(), click.Choice(get_args(Reason)), str])


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    law = tool.noun("law", help="ctl.help_law", default="check")

    @law.command("check", help="ctl.help_law_check")
    @_folder
    @with_session
    def _check(session: Session, folder: Path) -> None:
        book = _book(session, folder)
        checked(session, book, civil(SystemClock().civil()).date())

    @law.command("list", help="ctl.help_law_list")
    @_folder
    @with_session
    def _list(session: Session, folder: Path) -> None:
        columns = ("limit", "label=title", "length", "counting=rolling", "verified=mark", "basis")
        session.print_rows(listed_rows(session, _book(session, folder).data), columns)

    @law.command("diff", help="ctl.help_law_diff")
    @click.argument("old", default=SHIPPED)
    @click.argument("new", required=False)
    @_folder
    @with_session
    def _diff(session: Session, old: str, new: str | None, folder: Path) -> None:
        compared(session, _data(session, old), _data(session, new or str(folder)))

    @law.command("explain", help="ctl.help_law_explain")
    @click.argument("limit")
    @click.option("--start", type=Moment(), required=True, help=helped("ctl.help_law_start"))
    @click.option("--document", default="", help=helped("ctl.help_law_document"))
    @click.option("--of", "expiry", help=helped("ctl.help_law_of"))
    @click.option("--extension", "extensions", type=_EXTENSION, multiple=True, help=helped("ctl.help_law_extension"))
    @click.option("--pause", "pauses", type=_PAUSE, multiple=True, help=helped("ctl.help_law_pause"))
    @click.option("--held/--free", default=None, help=helped("ctl.help_law_held"))
    @_folder
    @with_session
    def _explain(session: Session, /, folder: Path, limit: str, expiry: str | None, **given: Any) -> None:
        sys.exit(explain(session, _book(session, folder), limit, expiry, Asked(**given)))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person says about one period."""

    start: datetime
    document: str
    extensions: Sequence[tuple[Length, str, str, datetime]]
    pauses: Sequence[tuple[datetime, datetime, Reason, str]]
    held: bool | None

    def reckon(self, limit: Limit, book: Lawbook) -> Deadline:
        """Its deadline; raises LawError."""
        return deadline(
            limit,
            self.start,
            calendar=book.calendar,
            document=self.document,
            extensions=[Extension(*one) for one in self.extensions],
            pauses=[Pause(*one) for one in self.pauses],
            held=self.held,
        )


def explain(session: Session, book: Lawbook, name: str, expiry: str | None, asked: Asked) -> int:
    """Print the reckoning; returns the exit status."""
    limit = _limit(book.data, name)
    try:
        found = (
            asked.reckon(limit, book)
            if expiry is None
            else before(limit, asked.reckon(_limit(book.data, expiry), book))
        )
    except LawError as exc:
        return session.fail(REFUSED, exc.told.say(session.locale), session.say("ctl.next_law-reckon"))
    if session.as_json:
        session.print_json(as_json(session, book.data, found))
    else:
        click.echo("\n".join(explained_lines(session, book.data, limit, found)))
    return OK


def _limit(data: DataSet, name: str) -> Limit:
    if name not in data.limits:
        near = nearest(name, data.limits)
        raise Stopped("law-limit-near", limit=name, nearest=near) if near else Stopped("law-limit", limit=name)
    return data.limits[name]


def _book(session: Session, folder: Path) -> Lawbook:
    """The law of a folder, or the end of the command with its mistakes."""
    try:
        return lawbook(folder)
    except Mistakes as exc:
        sys.exit(mistakes(session, exc))


def _data(session: Session, where: str) -> DataSet:
    return shipped() if where == SHIPPED else _book(session, Path(where)).data
