"""Commands for messages: how far they came, acknowledging one, sending one again; it decides nothing."""

import click

from custodyd.cli.language import helped
from custodyd.cli.looking import listing
from custodyd.cli.session import Session, Tool, escaped, key_option, with_session


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    message = tool.noun("message", help="ctl.help_message", default="list")

    @message.command("list", help="ctl.help_message_list")
    @click.option("--state", help=helped("ctl.help_message_state"))
    @with_session
    def _list(session: Session, state: str | None) -> None:
        columns = ("message", "changed=since", "state", "person", "colour", "attempts", "device", "text", "reason")
        listing(session, "/v1/messages", columns, state=state)

    @message.command("show", help="ctl.help_message_show")
    @click.argument("message")
    @with_session
    def _show(session: Session, message: str) -> None:
        with session.client() as client:
            (found,) = client.rows(f"/v1/messages/{escaped(message)}")
        if session.as_json:
            session.print_json(found)
            return
        rows = [{"field": name, "value": value} for name, value in found.items()]
        session.print_rows(rows, ("field", "value"))

    @message.command("ack", help="ctl.help_message_ack")
    @click.argument("message")
    @click.option("--named", required=True, help=helped("ctl.help_message_named"))
    @key_option
    @with_session
    def _ack(session: Session, message: str, named: str, key: str | None) -> None:
        with session.client() as client:
            session.print_entered(client.post(f"/v1/messages/{escaped(message)}/acknowledge", {"named": named}, key))

    @message.command("repeat", help="ctl.help_message_repeat")
    @click.argument("message")
    @key_option
    @with_session
    def _repeat(session: Session, message: str, key: str | None) -> None:
        with session.client() as client:
            session.print_entered(client.post(f"/v1/messages/{escaped(message)}/repeat", {}, key))
