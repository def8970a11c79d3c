"""Compiles the hand-edited catalogues: every .po under daemon/custodyd/texts/locale becomes the .mo beside it.

Run it after editing a .po:  .venv/bin/python tests/setup/compile_texts.py
"""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parents[2] / "daemon" / "custodyd" / "texts" / "locale"


def compiled(source: Path) -> bytes:
    """The .mo bytes of one .po; raises babel's PoFileError on a slip of the pen."""
    locale = source.stem if source.parent == LOCALE else source.parts[-3]  # gettext's own layout: zh_CN/LC_MESSAGES
    with source.open("rb") as lines:
        catalogue = read_po(lines, locale=locale, abort_invalid=True)
    target = BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def main() -> None:
    """Compile all, saying which changed."""
    for source in sorted(LOCALE.rglob("*.po")):
        target = source.with_suffix(".mo")
        fresh = compiled(source)
        if not target.exists() or target.read_bytes() != fresh:
            target.write_bytes(fresh)
            print(f"compiled {target.relative_to(LOCALE)}")


if __name__ == "__main__":
    main()
