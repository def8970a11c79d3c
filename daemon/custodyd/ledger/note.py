"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519; it must not know storage.

A key id is made with SHA-256 whatever the suite of the tree: the note format says so.
"""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from custodyd.ledger.errors import LedgerError
from custodyd.ledger.suite import DIGEST_SIZE, KEY_SIZE, digest

_ED25519 = b"\x01"
_PREFIX = "\N{EM DASH} "
_MOST_SIGNATURES = 100


class BadNote(LedgerError):
    """The text is no note, no checkpoint, or not signed by the expected key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a segment: origin, number of entries, root; `extensions` are lines that others may add."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The signed part, three lines and the extensions."""
        lines = (self.origin, str(self.size), encode64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def place_of(origin: str) -> tuple[str, str]:
    """(station, segment) that an origin names; either may be empty in a foreign one."""
    before, _, segment = origin.rpartition("/")
    return before.rpartition("/")[2], segment


def encode64(data: bytes) -> str:
    """RFC 4648 §4 with padding."""
    return base64.b64encode(data).decode()


def decode64(text: str) -> bytes:
    """The one reading of a base64 text; raises ValueError for every other spelling, such as stray last bits."""
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if encode64(raw) != text:
        raise binascii.Error("not the canonical spelling")
    return raw


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys of one name apart."""
    return digest(name.encode() + b"\n" + _ED25519 + public)[:4]


@dataclass(frozen=True, slots=True)
class Signer:
    """The station's sign key under the name of one origin; `seed` as in RFC 8032, 32 bytes."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The raw Ed25519 public key."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def vkey(self) -> str:
        """The verifier key in the form that note tools read: name+keyid+base64."""
        return vkey_text(self.name, self.public)

    def sign_text(self, text: str) -> str:
        """The whole note over `text`, which ends with a newline."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{_PREFIX}{self.name} {encode64(key_id(self.name, self.public) + signature)}\n"

    def sign(self, checkpoint: Checkpoint) -> str:
        """The whole note over a checkpoint."""
        return self.sign_text(checkpoint.text())


def parse(note: str) -> Checkpoint:
    """The checkpoint in a note, unverified; raises BadNote."""
    return _checkpoint(_split(note)[0])


def open_note(note: str, vkey: str) -> str:
    """The text of a note that `vkey` signed, signatures of others aside; raises BadNote."""
    name, public = parse_vkey(vkey)
    text, signatures = _split(note)
    wanted = key_id(name, public)
    own = [raw[4:] for signer, raw in signatures if signer == name and raw[:4] == wanted]
    if not own:
        raise BadNote("no signature by the expected key")
    try:
        for signature in own:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except InvalidSignature as exc:
        raise BadNote("the signature does not fit the text") from exc
    return text


def verify(note: str, vkey: str) -> Checkpoint:
    """The checkpoint in a note that `vkey` signed under its own origin; raises BadNote."""
    checkpoint = _checkpoint(open_note(note, vkey))
    if checkpoint.origin != parse_vkey(vkey)[0]:
        raise BadNote("the checkpoint is of another origin than the key")
    return checkpoint


def vkey_text(name: str, public: bytes) -> str:
    """The verifier key of a raw Ed25519 public key under a name."""
    return f"{name}+{key_id(name, public).hex()}+{encode64(_ED25519 + public)}"


def parse_vkey(vkey: str) -> tuple[str, bytes]:
    """(key name, raw Ed25519 public key) of a verifier key; raises BadNote."""
    try:
        name, hexadecimal, blob = vkey.strip().split("+", 2)
        raw = decode64(blob)
    except ValueError as exc:
        raise BadNote("not a verifier key") from exc
    if len(raw) != 1 + KEY_SIZE or raw[:1] != _ED25519 or key_id(name, raw[1:]).hex() != hexadecimal:
        raise BadNote("not a verifier key")
    return name, raw[1:]


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text and (key name, key id and signature) of each signature line."""
    text, blank, block = note.rpartition("\n\n")
    if not blank or not block.endswith("\n") or any(character < " " for character in note.replace("\n", "")):
        raise BadNote("not a note")
    lines = block[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise BadNote("too many signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, _, blob = line.removeprefix(_PREFIX).partition(" ")
    try:
        raw = decode64(blob)
    except ValueError as exc:
        raise BadNote("not a signature line") from exc
    if not line.startswith(_PREFIX) or not name or len(raw) < 5:
        raise BadNote("not a signature line")
    return name, raw


def _checkpoint(text: str) -> Checkpoint:
    origin, *rest = text[:-1].split("\n")
    try:
        size, root = int(rest[0]), decode64(rest[1])
    except (IndexError, ValueError) as exc:
        raise BadNote("not a checkpoint") from exc
    checkpoint = Checkpoint(origin, size, root, tuple(rest[2:]))
    whole = origin and all(rest) and size >= 0 and len(root) == DIGEST_SIZE
    if not whole or checkpoint.text() != text:
        raise BadNote("not a checkpoint")
    return checkpoint
