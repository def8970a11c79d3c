"""Commands for people and their fingers: by pseudonym; names are asked for apart, and that leaves an entry."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Timer

import click

from custodyd.cli.language import helped
from custodyd.cli.looking import listing
from custodyd.cli.session import Session, Tool, escaped, key_option, with_session
from custodyd.texts import Locale

REFUSED_WITHIN_S = 0.5


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    people = tool.noun("people", help="ctl.help_people", default="list")

    @people.command("list", help="ctl.help_people_list")
    @with_session
    def _list(session: Session) -> None:
        roles = "roles=labels" if session.locale is Locale.ZH else "roles"
        listing(session, "/v1/people", ("person", roles, "active", "emergency", "since"))

    @people.command("names", help="ctl.help_people_names")
    @click.option("--why", help=helped("ctl.help_why"))
    @with_session
    def _names(session: Session, why: str | None) -> None:
        asked = why or click.prompt(session.say("ctl.ask_why"), err=True)
        listing(session, "/v1/names", ("person", "name", "badge"), why=asked)

    @people.command("add", help="ctl.help_people_add")
    @click.argument("name", required=False)
    @click.option("--role", "roles", multiple=True, required=True, help=helped("ctl.help_role"))
    @click.option("--phone", default="", help=helped("ctl.help_phone"))
    @click.option("--badge", default="", help=helped("ctl.help_badge"))
    @click.option("--emergency", is_flag=True, help=helped("ctl.help_may_emergency"))
    @key_option
    @with_session
    def _add(
        session: Session, name: str | None, roles: tuple[str, ...], phone: str, badge: str, emergency: bool,
        key: str | None,
    ) -> None:  # fmt: skip
        # asked for at the prompt, a name stays out of the shell's history and the list of processes
        asked = name or click.prompt(session.say("ctl.ask_name"), err=True)
        body = {"name": asked, "roles": list(roles), "phone": phone, "badge": badge, "emergency": emergency}
        with session.client() as client:
            session.print_entered(client.post("/v1/people", body, key))

    _fingers(tool)


@contextmanager
def _told_later(sentence: str) -> Generator[None]:
    """Say it once the daemon did not refuse at once: nobody lays down a finger for nothing."""
    later = Timer(REFUSED_WITHIN_S, lambda: click.echo(sentence, err=True))
    later.start()
    try:
        yield
    finally:
        later.cancel()


def _fingers(tool: Tool) -> None:
    @tool.command("enrol", help="ctl.help_enrol")
    @click.argument("reader")
    @click.argument("person")
    @key_option
    @with_session
    def _enrol(session: Session, reader: str, person: str, key: str | None) -> None:
        from custodyd.cli.client import ENROL_S

        with session.client() as client, _told_later(session.say("ctl.enrol_now", reader=reader)):
            answer = client.post(f"/v1/readers/{escaped(reader)}/enrol", {"person": person}, key, ENROL_S)
            session.print_entered(answer)

    fingers = tool.noun("fingers", help="ctl.help_fingers")

    @fingers.command("remove", help="ctl.help_fingers_remove")
    @click.argument("reader")
    @click.argument("slot", type=click.IntRange(0, 65535))
    @key_option
    @with_session
    def _remove(session: Session, reader: str, slot: int, key: str | None) -> None:
        with session.client() as client:
            session.print_entered(client.post(f"/v1/readers/{escaped(reader)}/remove", {"slot": slot}, key))
