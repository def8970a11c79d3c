"""`custodyctl station`: a new station's keys, paper halves and founding, or one more founding; it needs no daemon."""

import os
import re
import secrets
import shlex
from pathlib import Path
from typing import Any

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.language import helped
from custodyd.cli.session import Nouns, Session, Tool, with_session

_SEALED = "/etc/credstore.encrypted"
_STATE = "/var/lib/custodyd"
_PSEUDONYM = re.compile(r"p-[a-z2-7]{26}")
_NUMBER = re.compile(r"\+?[0-9]{5,20}", re.ASCII)
_PATH = click.Path(path_type=Path)


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    station = tool.noun("station", help="ctl.help_station")
    _initial(station)
    _recovering(station)


def _initial(station: Nouns) -> None:
    @station.command("init", help="ctl.help_init")
    @click.argument("directory", type=_PATH)
    @click.option("--witness", "witnesses", multiple=True, help=helped("ctl.help_witness"))
    @click.option("--clerk", help=helped("ctl.help_first_clerk"))
    @click.option("--clerk-phone", default="", callback=_phone, help=helped("ctl.help_phone"))
    @click.option("--leader", help=helped("ctl.help_first_leader"))
    @click.option("--leader-phone", default="", callback=_phone, help=helped("ctl.help_phone"))
    @with_session
    def _init(
        session: Session, directory: Path, witnesses: tuple[str, ...], clerk: str | None, clerk_phone: str,
        leader: str | None, leader_phone: str,
    ) -> None:  # fmt: skip
        from custodyd.ledger.halves import split

        two = _two(session, witnesses)
        first = clerk or _asked(session, "ctl.ask_clerk"), clerk_phone
        second = leader or _asked(session, "ctl.ask_leader"), leader_phone
        if first[0] == second[0]:
            raise click.UsageError(session.say("ctl.two_first_people"))
        wrap = _made(directory)
        founding = _written(directory, wrap, two, first, second)
        halves = dict(zip(two, split(wrap), strict=True))
        document = {"halves": halves, "then": _then(directory), **founding}
        if session.as_json:
            session.print_json(document)
            return
        for witness, half in halves.items():
            click.echo(f"{session.say('ctl.half', witness=witness)}\n\n    {half}\n")
        _tell(session, document)


def _recovering(station: Nouns) -> None:
    @station.command("recover", help="ctl.help_recover")
    @click.argument("directory", type=_PATH)
    @click.option("--witness", "witnesses", multiple=True, help=helped("ctl.help_witness"))
    @click.option("--clerk", help=helped("ctl.help_clerk_again"))
    @click.option("--clerk-phone", default="", callback=_phone, help=helped("ctl.help_phone"))
    @with_session
    def _recover(
        session: Session, directory: Path, witnesses: tuple[str, ...], clerk: str | None, clerk_phone: str
    ) -> None:
        two = _two(session, witnesses)
        named = clerk or _asked(session, "ctl.ask_clerk"), clerk_phone
        wrap = _joined(*(_asked(session, "ctl.ask_half", witness=witness) for witness in two))
        document = {"then": _install(directory), **_written(directory, wrap, two, named, None)}
        if session.as_json:
            session.print_json(document)
            return
        _tell(session, document)


def _phone(_: click.Context, __: click.Parameter, value: str) -> str:
    if value and not _NUMBER.fullmatch(value):
        raise click.BadParameter(helped("ctl.bad_phone"))
    return value


def _two(session: Session, witnesses: tuple[str, ...]) -> tuple[str, str]:
    given = list(witnesses)
    while len(given) < 2:
        given.append(_asked(session, "ctl.ask_witness", number=len(given) + 1))
    if len(given) != 2 or given[0] == given[1]:
        raise click.UsageError(session.say("ctl.two_witnesses"))
    return given[0], given[1]


def _asked(session: Session, text: str, **facts: str | int) -> str:
    """Typed at the prompt, a name or a half stays out of the shell's history and the list of processes."""
    return str(click.prompt(session.say(text, **facts), err=True)).strip()


def _made(directory: Path) -> bytes:
    from custodyd.ledger.errors import LedgerError
    from custodyd.ledger.keys import StationKeys

    try:
        return StationKeys.generate(directory).wrap
    except LedgerError as exc:
        raise Stopped("keys_there", directory=str(directory)) from exc
    except OSError as exc:
        raise Stopped("not_written", exc, file=str(directory)) from exc


def _joined(one: str, two: str) -> bytes:
    from custodyd.ledger.halves import BadHalf, join

    try:
        return join(one, two)
    except BadHalf as exc:
        raise Stopped("bad_half") from exc


def _written(
    directory: Path, wrap: bytes, witnesses: tuple[str, str], clerk: tuple[str, str], leader: tuple[str, str] | None
) -> dict[str, Any]:
    """Seal the founding into `directory`; the pseudonyms by which the first people are enrolled. Raises Stopped.

    A witness may be one of the first people: one name is one pseudonym.
    """
    from custodyd.clock import SystemClock
    from custodyd.ledger import founding as paper
    from custodyd.ledger.keys import Card, pseudonym

    phones = dict.fromkeys(witnesses, "") | dict(clerk for clerk in (clerk, leader) if clerk)
    people = {name: paper.Named(pseudonym(), Card(name, phone)) for name, phone in phones.items()}
    if leader is None and _PSEUDONYM.fullmatch(clerk[0]):
        people[clerk[0]] = paper.Named(clerk[0], None)
    founding = paper.Founding(
        id=secrets.token_hex(16), made=SystemClock().civil(), account=os.getuid(),
        witnesses=(people[witnesses[0]], people[witnesses[1]]), clerk=people[clerk[0]],
        leader=people[leader[0]] if leader else None, renewed=leader is None,
    )  # fmt: skip
    file = directory / paper.FILE
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        paper.write(file, founding, wrap)
    except OSError as exc:
        raise Stopped("not_written", exc, file=str(file)) from exc
    return {"clerk": founding.clerk.person, "leader": founding.leader.person if founding.leader else None}


def _then(directory: Path) -> list[str]:
    """What root types next: seal the keys, hand the founding to the daemon, leave nothing in clear."""
    sealing = [
        f"systemd-creds encrypt --name={name} {_quoted(directory / name)} {_SEALED}/custodyd.{name}"
        for name in ("sign", "wrap")
    ]
    return [*sealing, *_install(directory), f"shred -u {_quoted(directory / 'sign')} {_quoted(directory / 'wrap')}"]


def _install(directory: Path) -> list[str]:
    founding = _quoted(directory / "founding")
    return [f"install -m 0600 -o custodyd -g custodyd {founding} {_STATE}/founding", f"shred -u {founding}"]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _tell(session: Session, document: dict[str, Any]) -> None:
    click.echo(session.say("ctl.seal_them" if document["leader"] else "ctl.install_it"))
    for line in [*document["then"], "systemctl restart custodyd"]:
        click.echo(f"    {line}")
    click.echo(session.say("ctl.then_enrol"))
    for person in (document["clerk"], document["leader"]):
        if person:
            click.echo(f"    custodyctl enrol READER {person}")
