"""The service at a prompt: `custodyd run` and `custodyd check`; every mistake is a sentence with its next step."""

import asyncio
import logging
import sys
from pathlib import Path

import click

from custodyd import __version__
from custodyd.cli.check import check, check_command
from custodyd.ledger.errors import LedgerError, WrongDirectory
from custodyd.settings import Settings, load
from custodyd.settings.mistakes import Mistakes
from custodyd.texts import Locale, say

DEFAULT = Path("/etc/custodyd/devices.toml")
BAD_SETTINGS, BAD_STATE = 1, 4


@click.group(help="执法办案区硬件集成服务 / The hardware-integration daemon of a police case-handling area.")
@click.version_option(__version__)
def main() -> None:
    """The command `custodyd`."""


main.add_command(check_command)


@main.command("run", help="运行本站 / Run the station until told to end.")
@click.option("--config", type=click.Path(path_type=Path), default=DEFAULT, show_default=True, help="devices.toml")
@click.option("--overlay", type=click.Path(path_type=Path), help="模拟叠加文件 / a simulation's overlay")
@click.option("--verbose", is_flag=True, help="记录细节 / log details")
def run_command(config: Path, overlay: Path | None, verbose: bool) -> None:
    """Run until SIGTERM, SIGINT, or a failure that a restart may mend."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    try:
        settings = load(config, overlay)
    except Mistakes:
        check(config, overlay)
        sys.exit(BAD_SETTINGS)
    sys.exit(asyncio.run(_run(settings)))


async def _run(settings: Settings) -> int:
    # imported only now: a mistake in the file is told before libraries are loaded
    from custodyd.station.places import default_places
    from custodyd.station.run import Run
    from custodyd.station.station import Station

    places = default_places()
    try:
        station = await Station.open(settings, places)
    except WrongDirectory as exc:
        return _failed(exc.text, place=str(places.state))
    except LedgerError as exc:
        return _failed("start.record", detail=str(exc))
    except OSError as exc:
        return _failed("start.directory", place=exc.filename or str(places.state), detail=exc.strerror or "")
    try:
        await Run(station).until_ended()
    except LedgerError as exc:
        return _failed("start.record", detail=str(exc))
    except OSError as exc:
        return _failed("start.directory", place=exc.filename or str(places.runtime), detail=exc.strerror or "")
    return 0


def _failed(text: str, **facts: str) -> int:
    for locale in Locale:
        print(say(text, locale, **facts), file=sys.stderr)
    return BAD_STATE


if __name__ == "__main__":
    main()
