"""Commands for incidents: which stand open, and closing one with a reason and a name; it decides nothing."""

import click

from custodyd.cli.language import helped
from custodyd.cli.looking import listing
from custodyd.cli.session import Session, Tool, escaped, key_option, with_session


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    incidents = tool.noun("incidents", help="ctl.help_incidents", default="list")

    @incidents.command("list", help="ctl.help_incidents_list")
    @click.option("--all", "every", is_flag=True, help=helped("ctl.help_all_incidents"))
    @with_session
    def _list(session: Session, every: bool) -> None:
        columns = ("incident", "what=texts", "place", "device", "object", "case_id", "opened", "closed")
        listing(session, "/v1/incidents", columns, all="1" if every else None)

    @incidents.command("explain", help="ctl.help_explain")
    @click.argument("incident")
    @click.option("--reason", required=True, help=helped("ctl.help_reason"))
    @click.option("--named", required=True, help=helped("ctl.help_named"))
    @click.option("--outcome", type=click.Choice(["stored", "out", "unchanged"]), help=helped("ctl.help_outcome"))
    @key_option
    @with_session
    def _explain(
        session: Session, incident: str, reason: str, named: str, outcome: str | None, key: str | None
    ) -> None:
        body = {"reason": reason, "named": named, "outcome": outcome}
        with session.client() as client:
            session.print_entered(client.post(f"/v1/incidents/{escaped(incident)}/explain", body, key))
