"""Commands for cases, dossiers and their labels; what stands on a sheet is made in `sheets` and `labels`."""

from pathlib import Path
from typing import Any

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.language import helped
from custodyd.cli.looking import listing
from custodyd.cli.session import Session, Tool, escaped, key_option, with_session

_DOSSIER = ("dossier", "case_id", "volume", "issue", "state", "place", "holder", "due", "reviewed")


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""
    _cases(tool)
    _dossiers(tool)
    _labels(tool)


def _cases(tool: Tool) -> None:
    cases = tool.noun("cases", help="ctl.help_cases", default="list")

    @cases.command("list", help="ctl.help_cases_list")
    @with_session
    def _list(session: Session) -> None:
        listing(session, "/v1/cases", ("case_id", "accepted", "needs_review", "officers"))

    @cases.command("accept", help="ctl.help_cases_accept")
    @click.argument("code")
    @click.option("--lead", required=True, help=helped("ctl.help_lead"))
    @click.option("--co", multiple=True, help=helped("ctl.help_co"))
    @click.option("--accepted", help=helped("ctl.help_accepted"))
    @click.option("--needs-review", is_flag=True, help=helped("ctl.help_needs_review"))
    @key_option
    @with_session
    def _accept(
        session: Session, code: str, lead: str, co: tuple[str, ...], accepted: str | None, needs_review: bool,
        key: str | None,
    ) -> None:  # fmt: skip
        officers = [{"person": lead, "part": "lead"}, *({"person": person, "part": "co"} for person in co)]
        body = {"code": code, "officers": officers, "accepted": accepted, "needs_review": needs_review}
        with session.client() as client:
            session.print_entered(client.post("/v1/cases", body, key))


def _dossiers(tool: Tool) -> None:
    dossiers = tool.noun("dossiers", help="ctl.help_dossiers", default="list")

    @dossiers.command("list", help="ctl.help_dossiers_list")
    @click.option("--case", help=helped("ctl.help_case"))
    @with_session
    def _list(session: Session, case: str | None) -> None:
        listing(session, "/v1/dossiers", _DOSSIER, case=case)

    @dossiers.command("add", help="ctl.help_dossiers_add")
    @click.argument("case")
    @click.option("--foreign-code", help=helped("ctl.help_foreign_code"))
    @key_option
    @with_session
    def _add(session: Session, case: str, foreign_code: str | None, key: str | None) -> None:
        with session.client() as client:
            answer = client.post("/v1/dossiers", {"case": case, "foreign_code": foreign_code}, key)
            session.print_entered(answer)

    @dossiers.command("show", help="ctl.help_dossiers_show")
    @click.argument("dossier")
    @with_session
    def _show(session: Session, dossier: str) -> None:
        with session.client() as client:
            found = [row for row in client.rows("/v1/dossiers") if row["dossier"] == dossier]
        if not found:
            raise Stopped("no_dossier", dossier=dossier)
        session.print_rows(found, (*_DOSSIER, "pages", "seal", "foreign_code"))


def _labels(tool: Tool) -> None:
    labels = tool.noun("labels", help="ctl.help_labels")

    @labels.command("show", help="ctl.help_labels_show")
    @click.argument("dossier")
    @with_session
    def _show(session: Session, dossier: str) -> None:
        session.print_rows([_label(session, dossier)], ("code", "case", "volume", "issue"))

    @labels.command("reissue", help="ctl.help_labels_reissue")
    @click.argument("dossier")
    @click.option(
        "--reason", type=click.Choice(["torn", "lost", "copied"]), required=True, help=helped("ctl.help_void")
    )
    @key_option
    @with_session
    def _reissue(session: Session, dossier: str, reason: str, key: str | None) -> None:
        with session.client() as client:
            answer = client.post(f"/v1/dossiers/{escaped(dossier)}/reissue", {"reason": reason}, key)
            session.print_entered(answer)

    @labels.command("sheet", help="ctl.help_labels_sheet")
    @click.argument("dossiers", nargs=-1, required=True)
    @click.option("--out", type=click.Path(path_type=Path), required=True, help=helped("ctl.help_out"))
    @click.option("--png", "form", flag_value="png", help=helped("ctl.help_png"))
    @click.option("--svg", "form", flag_value="svg", help=helped("ctl.help_svg"))
    @click.option("--skip", type=click.IntRange(min=0), default=0, help=helped("ctl.help_skip"))
    @with_session
    def _sheet(session: Session, dossiers: tuple[str, ...], out: Path, form: str | None, skip: int) -> None:
        if form and len(dossiers) != 1:
            raise click.UsageError(session.say("ctl.one_label"))
        found = [_label(session, dossier) for dossier in dossiers]
        _save(out, _drawn(session, found, form, skip))
        if session.as_json:
            session.print_json({"file": str(out), "labels": found})
        else:
            click.echo(session.say("ctl.sheet_done", file=str(out), count=len(found)))


def _label(session: Session, dossier: str) -> dict[str, Any]:
    with session.client() as client:
        found: dict[str, Any] = client.get(f"/v1/dossiers/{escaped(dossier)}/label")["items"][0]
        return {"dossier": dossier, **found}


def _drawn(session: Session, found: list[dict[str, Any]], form: str | None, skip: int) -> bytes:
    from custodyd.cli.sheets import sheet, sticker
    from custodyd.labels.codes import Kind
    from custodyd.labels.fonts import FontMissing
    from custodyd.labels.pictures import png, svg

    stickers = [
        sticker(Kind.DOSSIER, label["code"], label["dossier"], label["case"], session.locale) for label in found
    ]
    try:
        if form == "svg":
            return svg(stickers[0].code, stickers[0].lines).encode()
        return png(stickers[0].code, stickers[0].lines) if form == "png" else sheet(stickers, skip=skip)
    except FontMissing as exc:
        raise Stopped("no_font", install=exc.install) from exc


def _save(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as exc:
        raise Stopped("not_written", exc, file=str(path)) from exc
