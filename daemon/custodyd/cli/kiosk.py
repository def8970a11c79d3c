"""`custodyctl kiosk CABINET`: what the person at a cabinet sees and is asked, in a terminal; it decides nothing."""

import click

from custodyd.cli.session import Session, Tool, escaped, with_session


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""

    @tool.command("kiosk", help="ctl.help_kiosk")
    @click.argument("cabinet")
    @with_session
    def _kiosk(session: Session, cabinet: str) -> None:
        with session.client() as client:
            screen = client.get(f"/v1/cabinets/{escaped(cabinet)}/screen")
        if session.as_json:
            session.print_json(screen)
            return
        from custodyd.cli.kiosk_view import KioskView

        KioskView(session, cabinet).run()
