"""Reading udev rules as udev does, as far as ours and our rivals' go: keys, operators, labels, last writer wins."""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\s*([A-Z]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*"([^"]*)"\s*(,|$)')
MATCHES = {"ACTION", "KERNEL", "SUBSYSTEM", "SUBSYSTEMS", "ATTR", "ATTRS", "ENV", "TAG"}
ASSIGNS = {"GROUP", "MODE", "OWNER", "ENV", "TAG", "SYMLINK", "GOTO", "LABEL"}


@dataclass(frozen=True)
class Token:
    key: str
    attribute: str
    operator: str
    value: str

    @property
    def asks(self) -> bool:
        return self.operator in ("==", "!=")


@dataclass
class Device:
    """A device as udev sees it; `chain` is itself and its parents: (subsystem, attributes)."""

    kernel: str
    chain: Sequence[tuple[str, Mapping[str, str]]]
    action: str = "add"
    properties: dict[str, str] = field(default_factory=dict)
    group: str = "root"
    mode: str = "0600"


def parse(text: str) -> list[list[Token]]:
    return [list(_tokens(line)) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _tokens(line: str) -> Iterator[Token]:
    place = 0
    while place < len(line):
        found = _TOKEN.match(line, place)
        if found is None:
            raise ValueError(f"no udev rule from here on: {line[place:]}")
        token = Token(found[1], found[2] or "", found[3], found[4])
        if token.key not in (MATCHES if token.asks else ASSIGNS):
            raise ValueError(f"{token.key} does not take {token.operator}")
        yield token
        place = found.end()


def apply(text: str, device: Device) -> None:
    rules = parse(text)
    skip_to = ""
    for rule in rules:
        if skip_to:
            if not any(token.key == "LABEL" and token.value == skip_to for token in rule):
                continue
            skip_to = ""
        if _fits(rule, device):
            skip_to = _act(rule, device)
    if skip_to:
        raise ValueError(f"no label {skip_to}")


def _fits(rule: Sequence[Token], device: Device) -> bool:
    asked = [token for token in rule if token.asks]
    upward = [token for token in asked if token.key in ("SUBSYSTEMS", "ATTRS")]
    here = all(_equal(token, _own(token, device)) for token in asked if token not in upward)
    # all upward keys of one rule must fit one and the same parent
    return here and (not upward or any(all(_equal(t, _parent(t, link)) for t in upward) for link in device.chain))


def _own(token: Token, device: Device) -> str:
    subsystem, attributes = device.chain[0]
    plain = {"ACTION": device.action, "KERNEL": device.kernel, "SUBSYSTEM": subsystem}
    if token.key in plain:
        return plain[token.key]
    return (attributes if token.key == "ATTR" else device.properties).get(token.attribute, "")


def _parent(token: Token, link: tuple[str, Mapping[str, str]]) -> str:
    return link[0] if token.key == "SUBSYSTEMS" else link[1].get(token.attribute, "")


def _equal(token: Token, value: str) -> bool:
    return any(fnmatch.fnmatchcase(value, choice) for choice in token.value.split("|")) == (token.operator == "==")


def _act(rule: Sequence[Token], device: Device) -> str:
    target = ""
    for token in rule:
        if token.asks:
            continue
        if token.key == "ENV":
            device.properties[token.attribute] = token.value
        elif token.key == "GROUP":
            device.group = token.value
        elif token.key == "MODE":
            device.mode = token.value
        elif token.key == "GOTO":
            target = token.value
    return target
