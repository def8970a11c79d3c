"""The service at a prompt: `custodyd run` and `custodyd check`; every mistake is a sentence with its next step."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from custodyd import __version__
from custodyd.cli.check import check, check_command
from custodyd.cli.failures import reason
from custodyd.ledger.errors import KeyMissing, LedgerError, RecordUnavailable, WrongDirectory
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
    _leave(asyncio.run(_run(settings)))


def _leave(code: int) -> NoReturn:
    """End now: a driver's thread that does not end must not keep the process."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


async def _run(settings: Settings) -> int:
    # imported only now: a mistake in the file is told before libraries are loaded
    from custodyd.station.places import default_places
    from custodyd.station.run import Run
    from custodyd.station.station import Station
    from custodyd.watch import Threads

    asyncio.get_running_loop().set_default_executor(Threads())
    places = default_places()
    at = places.state
    try:
        station = await Station.open(settings, places)
        at = places.runtime
        await Run(station).until_ended()
    except KeyMissing as exc:
        return _failed("start.keys", exc, name=exc.name)
    except LedgerError as exc:
        return _failed(_sentence(exc), exc)
    except OSError as exc:
        return _failed("start.directory", exc, place=exc.filename or str(at))
    return 0


def _sentence(exc: LedgerError) -> str:
    """The sentence for a record that cannot be used."""
    if isinstance(exc, WrongDirectory):
        return exc.text
    if isinstance(exc, RecordUnavailable) and exc.reason != "closed":
        return f"start.storage_{exc.reason}"
    return "start.record"


def _failed(text: str, exc: OSError | LedgerError, **facts: str) -> int:
    for locale in Locale:
        detail = reason(exc, locale) if isinstance(exc, OSError) else str(exc)
        print(say(text, locale, detail=detail, **facts), file=sys.stderr)
    return BAD_STATE


if __name__ == "__main__":
    main()
