"""Commands for reports: the daemon counts, enters and draws; here they become files."""

from pathlib import Path

import click

from custodyd.cli.failures import Stopped
from custodyd.cli.language import helped
from custodyd.cli.session import Session, Tool, with_session

REPORT_S = 120.0


def add_to(tool: Tool) -> None:
    """Put these commands under the tool."""

    @tool.command("report", help="ctl.help_report")
    @click.argument("kind", type=click.Choice(["day", "week", "month", "quarter"]))
    @click.option("--of", help=helped("ctl.help_report_of"))
    @click.option("--out", type=click.Path(path_type=Path), required=True, help=helped("ctl.help_report_out"))
    @with_session
    def _report(session: Session, kind: str, of: str | None, out: Path) -> None:
        with session.client() as client:
            answer = client.get(f"/v1/reports/{kind}", of=of, lang=session.locale.value)
        files = {out.with_suffix(".html"): answer["html"], out.with_suffix(".csv"): "\ufeff" + answer["csv"]}
        for file, text in files.items():
            try:
                file.write_text(text, "utf-8", newline="")
            except OSError as exc:
                raise Stopped("not_written", exc, file=str(file)) from exc
        at = f"{answer['entered']['segment']}/{answer['entered']['seq']}"
        if session.as_json:
            session.print_json({"files": [str(file) for file in files], "entered": answer["entered"]})
        else:
            click.echo(session.say("ctl.report_done", files=", ".join(str(file) for file in files), at=at))
