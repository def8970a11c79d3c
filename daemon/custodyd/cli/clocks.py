"""Commands for statutory clocks: start, extend, pause, resume, correct, end, list, explain; they decide nothing."""

import click

from custodyd.cli.language import helped
from custodyd.cli.looking import listing
from custodyd.cli.session import Nouns, Session, Tool, clean, escaped, key_option, with_session

COLUMNS = ("item=clock", "clock=name", "case_id", "object", "start", "due", "colour")


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    clock = tool.noun("clock", help="ctl.help_clock", default="list")

    @clock.command("list", help="ctl.help_clocks")
    @with_session
    def _list(session: Session) -> None:
        listing(session, "/v1/clocks", COLUMNS)

    @clock.command("explain", help="ctl.help_clock_explain")
    @click.argument("clock")
    @with_session
    def _explain(session: Session, clock: str) -> None:
        show_explanation(session, clock)

    @clock.command("start", help="ctl.help_clock_start")
    @click.argument("case")
    @click.argument("limit")
    @click.option("--start", required=True, help=helped("ctl.help_clock_from"))
    @click.option("--asserted", required=True, help=helped("ctl.help_clock_asserted"))
    @click.option("--document", required=True, help=helped("ctl.help_clock_document"))
    @click.option("--held", is_flag=True, help=helped("ctl.help_clock_held"))
    @click.option("--object", help=helped("ctl.help_clock_object"))
    @key_option
    @with_session
    def _start(session: Session, /, key: str | None, **body: str | bool | None) -> None:
        with session.client() as client:
            session.print_entered(client.post("/v1/clocks", body, key))

    _moves(clock)


def _moves(clock: Nouns) -> None:
    @clock.command("extend", help="ctl.help_clock_extend")
    @click.argument("clock")
    @click.argument("total")
    @click.option("--approver", default="", help=helped("ctl.help_clock_approver"))
    @click.option("--document", default="", help=helped("ctl.help_clock_document"))
    @click.option("--decided", help=helped("ctl.help_clock_decided"))
    @key_option
    @with_session
    def _extend(session: Session, /, clock: str, key: str | None, **body: str | None) -> None:
        _post(session, clock, "extend", body, key)

    @clock.command("pause", help="ctl.help_clock_pause")
    @click.argument("clock")
    @click.option("--reason", required=True, help=helped("ctl.help_clock_reason"))
    @click.option("--document", default="", help=helped("ctl.help_clock_document"))
    @click.option("--at", help=helped("ctl.help_clock_at"))
    @key_option
    @with_session
    def _pause(session: Session, /, clock: str, key: str | None, **body: str | None) -> None:
        _post(session, clock, "pause", body, key)

    @clock.command("resume", help="ctl.help_clock_resume")
    @click.argument("clock")
    @click.option("--document", default="", help=helped("ctl.help_clock_document"))
    @click.option("--at", help=helped("ctl.help_clock_at"))
    @key_option
    @with_session
    def _resume(session: Session, /, clock: str, key: str | None, **body: str | None) -> None:
        _post(session, clock, "resume", body, key)

    @clock.command("correct", help="ctl.help_clock_correct")
    @click.argument("clock")
    @click.option("--start", required=True, help=helped("ctl.help_clock_from"))
    @click.option("--asserted", required=True, help=helped("ctl.help_clock_asserted"))
    @click.option("--document", required=True, help=helped("ctl.help_clock_document"))
    @key_option
    @with_session
    def _correct(session: Session, /, clock: str, key: str | None, **body: str | None) -> None:
        _post(session, clock, "correct", body, key)

    @clock.command("end", help="ctl.help_clock_end")
    @click.argument("clock")
    @click.option("--met/--void", required=True, help=helped("ctl.help_clock_met"))
    @click.option("--document", help=helped("ctl.help_clock_document"))
    @key_option
    @with_session
    def _end(session: Session, /, clock: str, key: str | None, **body: str | bool | None) -> None:
        _post(session, clock, "end", body, key)


def _post(session: Session, clock: str, verb: str, body: dict[str, str | None] | dict[str, str | bool | None],
          key: str | None) -> None:  # fmt: skip
    with session.client() as client:
        session.print_entered(client.post(f"/v1/clocks/{escaped(clock)}/{verb}", body, key))


def show_explanation(session: Session, clock: str) -> None:
    """Each entry of the clock with its facts, then its arithmetic line by line, in the chosen language."""
    with session.client() as client:
        entries = list(client.rows(f"/v1/clocks/{escaped(clock)}"))
    if session.as_json:
        session.print_json({"items": entries})
        return
    for entry in entries:
        said = session.spoken(entry["texts"])
        facts = [f"{name}={entry[name]}" for name in FACTS if entry.get(name) is not None]
        click.echo(clean(f"{entry['segment']}/{entry['seq']} {said} {' '.join(facts)}"))
        for line in entry.get("lines", {}).get(session.locale.value, ()):
            click.echo(clean(f"    {line}"))


FACTS = (
    *("limit", "law", "status", "why", "document", "approver", "asserted", "length", "at", "decided"),
    *("start_before", "start", "due_before", "due", "met"),
)
