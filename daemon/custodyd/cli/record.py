"""Commands for the record: verify, show, rebuild, export, checkpoint; what is true is judged by `ledger`, not here."""

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.language import helped
from custodyd.cli.session import UNVERIFIED, Nouns, Session, Tool, clean, key_option, with_session

if TYPE_CHECKING:
    from custodyd.ledger.segments import Trust
    from custodyd.ledger.verdict import Verdict

_PATH = click.Path(path_type=Path)


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    ledger = tool.noun("ledger", help="ctl.help_ledger")
    _verifying(ledger)
    _reading(ledger)
    _exporting(ledger)


def _verifying(ledger: Nouns) -> None:
    @ledger.command("verify", help="ctl.help_verify")
    @click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
    @click.option("--vkey", "vkeys", multiple=True, help=helped("ctl.help_vkey"))
    @click.option("--lodged", multiple=True, help=helped("ctl.help_lodged"))
    @click.option("--quick", is_flag=True, help=helped("ctl.help_quick"))
    @with_session
    def _verify(
        session: Session, path: Path | None, vkeys: tuple[str, ...], lodged: tuple[str, ...], quick: bool
    ) -> None:
        if path is None:
            verdict = _live(session, vkeys, lodged, quick)
        else:
            from custodyd.ledger.verify import verify_path

            verdict = verify_path(path, _trust(session, path, vkeys, lodged), entries=not quick)
        tell(session, verdict)

    @ledger.command("rebuild", help="ctl.help_rebuild")
    @key_option
    @with_session
    def _rebuild(session: Session, key: str | None) -> None:
        with session.client() as client:
            rows = client.post("/v1/record/rebuild", {}, key)["items"]
        session.print_rows(rows if session.as_json else [_short(row) for row in rows], ("table", "kept", "rebuilt"))
        same = all(row["kept"] == row["rebuilt"] for row in rows)
        if not session.as_json:
            click.echo(session.say("ctl.rebuilt_same" if same else "ctl.rebuilt_other"))
        if not same:
            sys.exit(UNVERIFIED)


def _short(row: dict[str, str]) -> dict[str, str]:
    """A digest as far as people compare it."""
    return {**row, "kept": row["kept"][:16], "rebuilt": row["rebuilt"][:16]}


def _live(session: Session, vkeys: tuple[str, ...], lodged: tuple[str, ...], quick: bool) -> "Verdict":
    """The running station's record, fetched and judged on this side."""
    from custodyd.cli.fetch import fetch, segments
    from custodyd.ledger.verify import verify_path

    with session.client() as client, tempfile.TemporaryDirectory(prefix="custodyctl-") as folder:
        fetch(client, segments(client), Path(folder))
        return verify_path(Path(folder), _trust(session, Path(folder), vkeys, lodged), entries=not quick)


def _trust(session: Session, path: Path, vkeys: tuple[str, ...], lodged: tuple[str, ...]) -> "Trust":
    """What the person brings; without a key, those beside the copy, with the remark what that is worth."""
    from custodyd.ledger.errors import LedgerError
    from custodyd.ledger.lodging import read_lodged
    from custodyd.ledger.note import parse_vkey
    from custodyd.ledger.segments import Trust

    given = [_key(each) for each in vkeys] or _beside(path)
    if not given:
        raise Stopped("no_vkey")
    if not vkeys:
        click.echo(session.say("ctl.own_key"), err=True)
    try:
        for vkey in given:
            parse_vkey(vkey)
        return Trust(given, [read_lodged(each) for each in lodged])
    except LedgerError as exc:
        raise Stopped("bad_trust", detail=str(exc)) from exc


def _key(given: str) -> str:
    """A verifier key as it stands, or the file that holds it."""
    file = Path(given)
    return _text(file) if "+" not in given and file.is_file() else given.strip()


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError as exc:
        raise Stopped("bad_file", exc, file=str(file)) from exc


def _beside(path: Path) -> list[str]:
    files = [path.with_name(path.name + ".vkey"), *(sorted(path.glob("*.vkey")) if path.is_dir() else ())]
    return [_text(file) for file in files if file.is_file()]


def tell(session: Session, verdict: "Verdict") -> None:
    """Print a verdict; exits with UNVERIFIED where something was found."""
    if session.as_json:
        session.print_json(_plain(verdict))
    else:
        for line in _lines(session, verdict):
            click.echo(line)
    if not verdict.ok:
        sys.exit(UNVERIFIED)


def _plain(verdict: "Verdict") -> dict[str, Any]:
    return {
        "ok": verdict.ok,
        "covered": [
            {"origin": one.origin, "size": one.size, "signed": one.signed, "root": one.root.hex(),
             "checkpoints": one.checkpoints, "lodged": one.lodged}
            for one in verdict.covered
        ],
        "findings": [{"check": one.check, "where": one.where, "detail": one.detail} for one in verdict.findings],
        "gaps": [
            {"kind": one.kind, "segment": one.segment, "began": one.began, "ended": one.ended, "what": one.what}
            for one in verdict.gaps
        ],
    }  # fmt: skip


def _lines(session: Session, verdict: "Verdict") -> list[str]:
    covered = [
        session.say("ctl.covered", origin=one.origin, size=one.size, signed=one.signed, lodged=one.lodged)
        for one in verdict.covered
    ]
    found = [
        f"✗ {session.say(f'ctl.check_{one.check}')}  {clean(one.where)}: {clean(one.detail)}"
        for one in verdict.findings
    ]
    gaps = [
        f"  {session.say(f'ctl.gap_{one.kind}')}  {one.segment}/{_seq(one.began)}…{_seq(one.ended)}  {clean(one.what)}"
        for one in verdict.gaps
    ]
    told = [session.say("ctl.gaps", count=len(gaps)), *gaps] if gaps else []
    return [*covered, *told, *found, session.say("ctl.verified" if verdict.ok else "ctl.unverified", count=len(found))]


def _seq(seq: int | None) -> str:
    return "?" if seq is None else str(seq)


def _reading(ledger: Nouns) -> None:
    @ledger.command("show", help="ctl.help_ledger_show")
    @click.argument("place", required=False)
    @with_session
    def _show(session: Session, place: str | None) -> None:
        with session.client() as client:
            if place is None:
                rows = [row for row in client.get("/v1/segments")["items"] if "segment" in row]
                session.print_rows(rows, ("segment", "origin", "size"))
                return
            segment, _, seq = place.partition("/")
            if not seq.isdecimal():
                raise click.UsageError(session.say("ctl.place"))
            found = client.get("/v1/entries", cursor=f"{segment}/{int(seq) - 1}")["items"]
        if not found or found[0]["id"] != f"{segment}/{int(seq)}":
            raise Stopped("no_entry", place=place)
        _tell_entry(session, found[0])

    @ledger.command("checkpoint", help="ctl.help_checkpoint")
    @with_session
    def _checkpoint(session: Session) -> None:
        from custodyd.cli.fetch import segments
        from custodyd.ledger.lodging import Lodged
        from custodyd.ledger.note import parse, place_of

        with session.client() as client:
            newest = segments(client)[-1]
        note = newest.note or ""
        head = parse(note)
        lodged = Lodged(place_of(head.origin)[1], head.size, head.root).text()
        if session.as_json:
            session.print_json({"note": note, "vkey": newest.vkey, "lodged": lodged})
            return
        click.echo(f"{note}\n{newest.vkey}\n{lodged}\n\n{session.say('ctl.lodge_it')}")


def _tell_entry(session: Session, entry: dict[str, Any]) -> None:
    if session.as_json:
        session.print_json(entry)
        return
    for name, value in entry.items():
        if name == "texts":
            shown = session.spoken(value)
        else:
            shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
        click.echo(f"{name:<10} {clean(shown)}")


def _exporting(ledger: Nouns) -> None:
    @ledger.command("export", help="ctl.help_export")
    @click.argument("directory", type=_PATH)
    @click.option("--segment", help=helped("ctl.help_segment"))
    @click.option("--all", "every", is_flag=True, help=helped("ctl.help_all"))
    @with_session
    def _export(session: Session, directory: Path, segment: str | None, every: bool) -> None:
        if every == (segment is not None):
            raise click.UsageError(session.say("ctl.segment_or_all"))
        from custodyd.cli.fetch import fetch, segments

        with session.client() as client:
            chosen = [one for one in segments(client) if every or one.name == segment]
            if not chosen:
                raise Stopped("no_segment", segment=segment or "")
            written = fetch(client, chosen, directory)
        if session.as_json:
            session.print_json([{"origin": one.origin, "size": one.size, "root": one.root.hex()} for one in written])
            return
        for one in written:
            click.echo(session.say("ctl.exported", origin=one.origin, size=one.size))
        click.echo(session.say("ctl.export_next", directory=str(directory)))
