"""`custodyctl`, what an operator, a technician or an auditor types: the tree of its commands, nothing else."""

import click

from custodyd import __version__
from custodyd.cli import (
    clocks,
    importing,
    incidents,
    kiosk,
    law,
    looking,
    messages,
    papers,
    people,
    record,
    reporting,
    risks,
    station,
)
from custodyd.cli.language import helped, teach_click
from custodyd.cli.session import Tool

EPILOG = "ctl.help_exit", "ctl.help_completion", "ctl.help_language"
teach_click()


@click.group(
    cls=Tool,
    help="ctl.help",
    epilog="\n\n".join(helped(id) for id in EPILOG),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__)
def main() -> None:
    """The command `custodyctl`."""


for _part in (
    looking,
    people,
    papers,
    clocks,
    importing,
    reporting,
    incidents,
    messages,
    risks,
    record,
    kiosk,
    station,
    law,
):
    _part.add_to(main)

if __name__ == "__main__":
    main()
