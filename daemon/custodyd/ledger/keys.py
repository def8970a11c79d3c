"""Keys: the station's own from its credentials, and one small file per person with key, name and telephone number.

It must not know entries: who ordered an erasure is written by whoever calls `destroy`.
"""

import base64
import contextlib
import os
import re
import secrets
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custodyd.ledger.door import trouble_at
from custodyd.ledger.errors import Erased, KeyMissing, LedgerError, RecordUnavailable, WrongKey
from custodyd.ledger.suite import KEY_SIZE, SUITE_1

_NONCE_SIZE = 12
# 26 characters of base32 in a station; anything plain is taken, so that a hostile id can never name another file
_PSEUDONYM = re.compile(r"p-[a-z0-9]{1,64}", re.ASCII)


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's directory record: what is told to nobody by the record itself."""

    name: str
    phone: str = ""
    badge: str = ""
    identity: str = ""  # number of an identity document
    number: str = ""  # by which the case platform knows a person of a case

    def __repr__(self) -> str:
        return "Card(…)"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    wrapped: bytes
    card: bytes


@dataclass(frozen=True, slots=True)
class StationKeys:
    """`sign`: Ed25519 seed; `wrap`: wraps person keys and gives the label key. Neither is ever printed."""

    sign: bytes = field(repr=False)
    wrap: bytes = field(repr=False)

    @classmethod
    def load(cls, directory: Path) -> "StationKeys":
        """Read the credentials `sign` and `wrap`; raises KeyMissing where one is none."""
        return cls(_credential(directory, "sign"), _credential(directory, "wrap"))

    @classmethod
    def generate(cls, directory: Path) -> "StationKeys":
        """Make new keys and write them as files 0600; raises LedgerError where keys lie already."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = cls(secrets.token_bytes(KEY_SIZE), secrets.token_bytes(KEY_SIZE))
        for name, value in (("sign", keys.sign), ("wrap", keys.wrap)):
            try:
                write_new(directory / name, value)
            except FileExistsError as exc:
                raise LedgerError(f"the key '{name}' is there already; it is never replaced") from exc
        _sync(directory)
        return keys

    @property
    def label(self) -> bytes:
        """The key that signs printed codes."""
        return SUITE_1.derive(self.wrap, b"", b"custodyd/code/1")


def pseudonym() -> str:
    """A new one: `p-` and 26 characters of lower-case base32 over 16 random bytes."""
    return "p-" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class PersonKeys:
    """The directory `keys/`: a file per person, wrapped by the station's key, destroyed to erase.

    Where the disk refuses, it is not made (OSError), and every verb raises RecordUnavailable and is not done.
    """

    def __init__(self, directory: Path, wrap: bytes) -> None:
        self._directory = directory
        self._cipher = AESGCM(wrap)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for stray in directory.glob("*.new"):  # a crash between writing and renaming left it
            shred(stray)

    def create(self, person: str, card: Card) -> None:
        """Make a person's key and write key and card; raises RecordUnavailable, LedgerError if the person has one."""
        if self._path(person).exists():
            raise LedgerError("this person has a key already")
        self._write(person, secrets.token_bytes(KEY_SIZE), card)

    def change(self, person: str, card: Card) -> None:
        """Replace the directory record, keep the key; raises Erased, WrongKey, RecordUnavailable."""
        self._write(person, self.key(person), card)

    def key(self, person: str) -> bytes:
        """The person's key; raises Erased, WrongKey."""
        return self._open(person, self._read(person).wrapped, b"key")

    def card(self, person: str) -> Card:
        """The person's directory record; raises Erased, WrongKey."""
        raw = self._open(person, self._read(person).card, b"card")
        return msgspec.msgpack.decode(raw, type=Card)

    def people(self) -> tuple[str, ...]:
        """Everyone whose key exists."""
        with self._disk():
            return tuple(sorted(path.name for path in self._directory.iterdir() if _PSEUDONYM.fullmatch(path.name)))

    def destroy(self, person: str) -> None:
        """Erase a person: overwrite, unlink, sync the directory; raises Erased if the key is gone already."""
        path = self._path(person)
        if not path.exists():
            raise Erased(person)
        with self._disk():
            shred(path)

    @contextlib.contextmanager
    def _disk(self) -> Generator[None]:
        """What the disk says inside leaves as RecordUnavailable."""
        try:
            yield
        except OSError as exc:
            raise RecordUnavailable(trouble_at(self._directory.parent), exc.strerror or "") from exc

    def _path(self, person: str) -> Path:
        if not _PSEUDONYM.fullmatch(person):
            raise Erased("not a pseudonym")
        return self._directory / person

    def _read(self, person: str) -> _File:
        path = self._path(person)
        with self._disk():
            try:
                return msgspec.msgpack.decode(path.read_bytes(), type=_File)
            except FileNotFoundError as exc:
                raise Erased(person) from exc
            except msgspec.DecodeError as exc:
                raise WrongKey(f"the key file of {person} cannot be read") from exc

    def _write(self, person: str, key: bytes, card: Card) -> None:
        file = _File(self._box(person, key, b"key"), self._box(person, msgspec.msgpack.encode(card), b"card"))
        with self._disk():
            self._replace(self._path(person), msgspec.msgpack.encode(file))

    def _replace(self, path: Path, data: bytes) -> None:
        fresh = path.with_suffix(".new")
        if fresh.exists():  # the disk refused an earlier try half way
            shred(fresh)
        write_new(fresh, data)
        replaced = path.open("r+b") if path.exists() else None
        fresh.replace(path)
        _sync(self._directory)
        if replaced is not None:  # its blocks hold the same key, and an erasure later could not reach them
            with replaced:
                _overwrite(replaced)

    def _box(self, person: str, plain: bytes, what: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, plain, person.encode() + b"/" + what)

    def _open(self, person: str, box: bytes, what: bytes) -> bytes:
        try:
            return self._cipher.decrypt(box[:_NONCE_SIZE], box[_NONCE_SIZE:], person.encode() + b"/" + what)
        except (InvalidTag, ValueError) as exc:
            raise WrongKey(f"the key file of {person} does not fit this station") from exc


def _credential(directory: Path, name: str) -> bytes:
    try:
        key = (directory / name).read_bytes()
    except OSError as exc:
        raise KeyMissing(name, "cannot be read") from exc
    if len(key) != KEY_SIZE:
        raise KeyMissing(name, f"has {len(key)} bytes, not {KEY_SIZE}")
    return key


def write_new(path: Path, data: bytes) -> None:
    """Make a file 0600 that is on the disk on return; raises FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def shred(path: Path) -> None:
    """Overwrite, unlink, sync the directory; raises OSError."""
    # best effort on a copying file system or flash; what counts is that the wrapped key is in no file any more
    with path.open("r+b") as file:
        _overwrite(file)
    path.unlink()
    _sync(path.parent)


def _overwrite(file: BinaryIO) -> None:
    file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
    file.flush()
    os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
