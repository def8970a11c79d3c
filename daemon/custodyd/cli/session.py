"""What every command shares: socket, language, --json, exit codes, and how a failure is told; it knows no noun."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from custodyd.cli.failures import Refused, Stopped, Unreachable, reason
from custodyd.cli.language import helped, preferred
from custodyd.texts import Locale, known, say

if TYPE_CHECKING:
    from custodyd.cli.client import Client

OK, REFUSED, USAGE, UNREACHABLE, UNVERIFIED = 0, 1, 2, 3, 4
"""Exit statuses; --help lists them."""


def clean(text: object) -> str:
    """A value as one line without control characters: a scanned code must not steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))


def escaped(part: str) -> str:
    """An id that a person typed as one part of a path, which it can never leave."""
    return quote(part, safe="")


@dataclass
class Session:
    """One call of the tool."""

    socket: Path | None = None
    as_json: bool = False
    locale: Locale = field(default_factory=lambda: preferred(os.environ))

    def client(self) -> "Client":
        """A connection to the daemon."""
        from custodyd.cli.client import Client, find_socket  # httpx only where the daemon is asked

        return Client(find_socket(self.socket))

    def say(self, id: str, /, **facts: str | int) -> str:
        """A sentence in the chosen language."""
        return say(id, self.locale, **facts)

    def word(self, value: object) -> str:
        """A state or part in the chosen language, as it stands if there is no word for it."""
        word = str(value)
        return say(f"ctl.word_{word}", self.locale) if known(f"ctl.word_{word}") else clean(word)

    def spoken(self, texts: Mapping[str, str]) -> str:
        """The chosen language of an API's `texts`."""
        return clean(texts.get(self.locale.value) or next(iter(texts.values()), ""))

    def print_json(self, document: object) -> None:
        """A document for programs."""
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))

    def print_rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """A listing: a table for people, an array for programs."""
        if self.as_json:
            self.print_json(rows)
            return
        from custodyd.cli.render import table  # rich only for people

        table(self, rows, columns)

    def print_entered(self, answer: Mapping[str, Any]) -> None:
        """What a verb answered: where its entry stands and what it made."""
        if self.as_json:
            self.print_json(answer)
            return
        at = f"{answer['segment']}/{answer['seq']}"
        made = answer.get("id")
        click.echo(self.say("ctl.entered_id", at=at, id=clean(made)) if made else self.say("ctl.entered", at=at))

    def fail(self, code: int, sentence: str, next_step: str, **more: object) -> int:
        """Tell a failure on the error stream; returns `code`, the exit status."""
        if self.as_json:
            document = {"error": sentence, "next_step": next_step, **more}
            click.echo(json.dumps(document, ensure_ascii=False), err=True)
        else:
            click.echo(f"{sentence}\n  → {next_step}", err=True)
        return code

    def refused(self, exc: Refused) -> int:
        """Tell a refusal of the daemon."""
        sentence, step = self.spoken(exc.texts), self.spoken(exc.next_step)
        more = {"rule": exc.rule, "status": exc.status}
        if exc.detail and self.as_json:
            more["detail"] = exc.detail
        elif exc.detail:
            sentence = self.say("ctl.detail", sentence=sentence, detail=clean(exc.detail))
        return self.fail(REFUSED, sentence, step, **more)

    def stopped(self, exc: Stopped) -> int:
        """Tell why the tool cannot go on."""
        facts = {"detail": reason(exc.error, self.locale), **exc.facts} if exc.error else exc.facts
        sentence = self.say(f"ctl.stopped_{exc.text}", **facts)
        return self.fail(REFUSED, sentence, self.say(f"ctl.next_{exc.text}", **facts), reason=exc.text)

    def unreachable(self, exc: Unreachable) -> int:
        """Tell that nobody answers."""
        sentence = self.say(f"ctl.unreachable_{exc.why}", socket=str(exc.socket))
        return self.fail(UNREACHABLE, sentence, self.say("ctl.unreachable_next"), socket=str(exc.socket))


def _keep(name: str, convert: Callable[[Any], Any]) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value is not None and value is not False:
            setattr(context.ensure_object(Session), name, convert(value))

    return callback


def shared() -> list[click.Parameter]:
    """Options that stand before or after any command."""
    return [
        click.Option(
            ["--socket"], type=click.Path(path_type=Path), expose_value=False, callback=_keep("socket", Path),
            help=helped("ctl.help_socket"),
        ),
        click.Option(
            ["--lang"], type=click.Choice([locale.value for locale in Locale]), expose_value=False,
            callback=_keep("locale", Locale), help=helped("ctl.help_lang"),
        ),
        click.Option(
            ["--json"], is_flag=True, expose_value=False, callback=_keep("as_json", bool), help=helped("ctl.help_json")
        ),
    ]  # fmt: skip


class Verb(click.Command):
    """A command with the shared options; `help` is a message id."""

    def __init__(self, name: str | None, *, help: str, **options: Any) -> None:
        spoken = helped(help)
        super().__init__(name, help=spoken, short_help=spoken, **options)
        self.params.extend(shared())


class Nouns(click.Group):
    """A group with the shared options; `default` is the command of the bare noun."""

    command_class = Verb

    def __init__(self, name: str | None, *, help: str, default: str | None = None, **options: Any) -> None:
        spoken = helped(help)
        super().__init__(name, help=spoken, short_help=spoken, **options)
        self.params.extend(shared())
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default where no command is named."""
        bare = not args or (args[0].startswith("-") and not any(arg in self.commands for arg in args))
        if self.default is not None and bare and "--help" not in args:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class Tool(Nouns):
    """The whole tool: failures of the daemon become sentences and exit codes."""

    def noun(self, name: str, help: str, default: str | None = None) -> Nouns:
        """A new group under the tool."""
        group = Nouns(name, help=help, default=default)
        self.add_command(group)
        return group

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; ends with one of the exit codes."""
        session = ctx.ensure_object(Session)
        try:
            return super().invoke(ctx)
        except Refused as exc:
            sys.exit(session.refused(exc))
        except Unreachable as exc:
            sys.exit(session.unreachable(exc))
        except Stopped as exc:
            sys.exit(session.stopped(exc))


with_session = click.make_pass_decorator(Session, ensure=True)
key_option = click.option("--key", help=helped("ctl.help_key"))
