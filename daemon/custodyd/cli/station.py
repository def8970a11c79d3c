"""`custodyctl station init`: a new station's keys and the two paper halves of its wrap key; it needs no daemon."""

from pathlib import Path

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.session import Session, Tool, both, with_session

_SEALED = "/etc/credstore.encrypted"


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    station = tool.noun("station", help="ctl.help_station")

    @station.command("init", help="ctl.help_init")
    @click.argument("directory", type=click.Path(path_type=Path))
    @click.option("--witness", "witnesses", multiple=True, required=True, help=both("ctl.help_witness"))
    @with_session
    def _init(session: Session, directory: Path, witnesses: tuple[str, ...]) -> None:
        if len(set(witnesses)) != 2:
            raise click.UsageError(session.say("ctl.two_witnesses"))
        halves = _made(directory)
        if session.as_json:
            document = {"halves": dict(zip(witnesses, halves, strict=True)), "seal": _seal(directory)}
            session.print_json(document)
            return
        for witness, half in zip(witnesses, halves, strict=True):
            click.echo(f"{session.say('ctl.half', witness=witness)}\n\n    {half}\n")
        click.echo(session.say("ctl.seal_them"))
        for line in _seal(directory):
            click.echo(f"    {line}")


def _made(directory: Path) -> tuple[str, str]:
    from custodyd.ledger.errors import LedgerError
    from custodyd.ledger.halves import split
    from custodyd.ledger.keys import StationKeys

    try:
        return split(StationKeys.generate(directory).wrap)
    except LedgerError as exc:
        raise Stopped("keys_there", directory=str(directory)) from exc
    except OSError as exc:
        raise Stopped("not_written", file=str(directory), detail=exc.strerror or "") from exc


def _seal(directory: Path) -> list[str]:
    sealing = [
        f"systemd-creds encrypt --name={name} {directory / name} {_SEALED}/custodyd.{name}" for name in ("sign", "wrap")
    ]
    return [*sealing, f"shred -u {directory / 'sign'} {directory / 'wrap'}"]
