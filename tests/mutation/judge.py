"""Whether a test is missing: what survived mutmut is wording, explained, or a fault where a file is said to be done.

A change is wording if the two trees are equal once every sentence reads the same: a text with a space in it, also
where None stands in its place in a raised exception. The case of encodings and of SQL without quoted texts is equal.
"""

import ast
import difflib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

SURVIVED, UNREACHED = 0, 33
SQL = re.compile(r"(select|insert|update|delete|create|drop|pragma|begin|vacuum|attach|savepoint) ", re.IGNORECASE)
ENCODING = re.compile(r"utf-?8|ascii", re.IGNORECASE)
BOOK = tomllib.loads(Path(__file__).with_name("explained.toml").read_text("utf-8"))


def said(argument: ast.expr) -> bool:
    """A sentence, or the nothing in its place."""
    texts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    values = [each.value for each in texts if isinstance(each, ast.Constant)]
    return any(value is None or (isinstance(value, str) and " " in value) for value in values)


class Plain(ast.NodeTransformer):
    """The tree without its wording."""

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
            node.exc.args = [each for each in node.exc.args if not said(each)]
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, str):
            return node
        if ENCODING.fullmatch(node.value) or (SQL.match(node.value) and "'" not in node.value):
            return ast.Constant(node.value.casefold())
        return ast.Constant("a sentence") if " " in node.value and not SQL.match(node.value) else node


def functions(source: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name: node for node in found}


def plain(text: str) -> str:
    return ast.dump(Plain().visit(ast.parse(text)))


def body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return "\n".join(ast.unparse(statement) for statement in [*function.args.defaults, *function.body])


def changed(before: str, after: str) -> tuple[str, str]:
    lines = list(difflib.ndiff(before.split("\n"), after.split("\n")))
    was = " ".join(line[2:].strip() for line in lines if line.startswith("- "))
    return was, " ".join(line[2:].strip() for line in lines if line.startswith("+ "))


def survivors(meta: Path) -> Iterator[tuple[str, str, str]]:
    """(function, body before, body after) of every mutant that no test killed."""
    codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    known = functions(meta.with_suffix("").read_text("utf-8"))
    for key, code in codes.items():
        if code in (SURVIVED, UNREACHED, None):
            mangled = key.rpartition(".")[2]
            stem, _, _ = mangled.rpartition("__mutmut_")
            name = stem.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
            yield name, body(known[f"{stem}__mutmut_orig"]), body(known[mangled])


def judge(meta: Path, file: str) -> int:
    """Prints what survived in `file`; the number of survivors that nothing excuses."""
    reasons = {(each["function"], each["line"]) for each in BOOK["explained"] if each["file"] == file}
    wording, explained, left = 0, 0, 0
    for name, before, after in survivors(meta):
        was, line = changed(before, after)
        if plain(before) == plain(after) and file not in BOOK["wording_counts"]:
            wording += 1
        elif (name, line) in reasons:
            explained += 1
        else:
            left += 1
            print(f"function = {json.dumps(name)}\n# was  {was}\nline = {json.dumps(line, ensure_ascii=False)}\n")
    total = len(json.loads(meta.read_text("utf-8"))["exit_code_by_key"])
    print(f"{file}: {total} changes, {left} survived, {explained} explained, {wording} of wording\n")
    return left if file in BOOK["done"] else 0


def main(mutants: Path) -> int:
    metas = sorted(mutants.rglob("custodyd/**/*.py.meta"))
    left = sum([judge(meta, str(meta.relative_to(mutants).with_suffix(""))) for meta in metas])
    return 1 if left or not metas else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
