"""Commands for the case platform's files: what they would bring, and taking them over; the daemon checks each row."""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.language import helped
from custodyd.cli.looking import listing
from custodyd.cli.session import OK, REFUSED, Session, Tool, clean, escaped, key_option, with_session
from custodyd.model.facts.imports import RowKind

if TYPE_CHECKING:
    from custodyd.imports.csv_file import Columns, Sheet

MOST = 2000  # rows in one import: the daemon takes no more
IMPORT_S = 300.0  # each row is on the disk before the answer
_KINDS = ("case", "officer", "person", "document")


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    imports = tool.noun("import", help="ctl.help_import", default="sources")

    @imports.command("sources", help="ctl.help_import_sources")
    @with_session
    def _sources(session: Session) -> None:
        columns = ("source", "since", "import_new=new", "import_changed=changed", "refused", "blind")
        listing(session, "/v1/imports", columns)

    @imports.command("preview", help="ctl.help_import_preview")
    @_of_files
    @with_session
    def _preview(session: Session, /, **given: Any) -> None:
        sys.exit(_import(session, "preview", **given))

    @imports.command("apply", help="ctl.help_import_apply")
    @_of_files
    @key_option
    @with_session
    def _apply(session: Session, /, **given: Any) -> None:
        sys.exit(_import(session, "apply", **given))


def _of_files(command: Any) -> Any:
    options = (
        click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path)),
        click.option("--source", default="csv", show_default=True, help=helped("ctl.help_import_source")),
        click.option("--kind", type=click.Choice(_KINDS), help=helped("ctl.help_import_kind")),
        click.option("--columns", type=click.Path(path_type=Path), help=helped("ctl.help_import_columns")),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _import(
    session: Session, verb: str, files: Sequence[Path], source: str, kind: RowKind | None, columns: Path | None,
    key: str | None = None,
) -> int:  # fmt: skip
    """Returns the exit status: a row that was refused is no success."""
    sheets = _sheets(files, _own(columns), kind)
    rows = [{"row": raw.row, "kind": raw.kind, "fields": dict(raw.fields)} for sheet in sheets for raw in sheet.rows]
    if not 0 < len(rows) <= MOST:
        raise Stopped("import_too_many" if rows else "import_empty", most=MOST, count=len(rows), file=str(files[0]))
    with session.client() as client:
        answer = client.post(f"/v1/imports/{escaped(source)}/{verb}", {"rows": rows}, key, IMPORT_S)
    if session.as_json:
        session.print_json(answer)
    else:
        _tell(session, verb, answer, sheets)
    return REFUSED if answer["refused"] else OK


def _own(file: Path | None) -> "Columns":
    """A unit's own headers, from a TOML file: a table per kind of row, header = field."""
    if file is None:
        return {}
    try:
        return cast("Columns", tomllib.loads(_bytes(file).decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise Stopped("import_columns", file=str(file)) from exc


def _sheets(files: Sequence[Path], own: "Columns", kind: RowKind | None) -> "list[Sheet]":
    from custodyd.imports.csv_file import Unreadable, read

    found: list[Sheet] = []
    for file in files:
        try:
            found.append(read(_bytes(file), own, kind))
        except Unreadable as exc:
            raise Stopped(f"import_{exc.why}", file=str(file), about=exc.about) from exc
        if [sheet.kind for sheet in found].count(found[-1].kind) > 1:
            raise Stopped("import_same_kind", file=str(file))
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise Stopped("not_read", exc, file=str(file)) from exc


def _tell(session: Session, verb: str, answer: Mapping[str, Any], sheets: "Sequence[Sheet]") -> None:
    headers = {sheet.kind: sheet.headers for sheet in sheets}
    lines = [line for row in answer.get("rows", []) for line in _lines(session, row, headers.get(row["kind"], {}))]
    if lines:
        session.print_rows(lines, ("row", "kind=row_kind", "what=row_what", "column", "remark"))
    counts = {name: int(answer[name]) for name in ("new", "changed", "unchanged", "refused")}
    click.echo(session.say(f"ctl.import_{verb}", **counts))
    for sheet in sheets:
        if sheet.ignored:
            click.echo(session.say("ctl.import_ignored", columns=clean(", ".join(sheet.ignored))))
    if "entered" in answer:
        click.echo(session.say("ctl.entered", at=f"{answer['entered']['segment']}/{answer['entered']['seq']}"))


def _lines(session: Session, row: Mapping[str, Any], headers: Mapping[str, str]) -> list[dict[str, Any]]:
    first = {"row": row["row"], "row_kind": session.word(row["kind"]), "row_what": session.word(row["what"])}
    mistakes = row.get("mistakes", [])
    if not mistakes:
        return [first | {"column": ", ".join(headers.get(name, name) for name in row.get("fields", []))}]
    return [
        first | {"column": headers.get(one["column"], one["column"]), "remark": session.spoken(one["texts"])}
        for one in mistakes
    ]
