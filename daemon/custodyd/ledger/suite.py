"""The digests of the record: suite 1 is SHA-256 in the tree of RFC 6962; the only module that names a digest or a size.

A second suite (SM3, entries with `v` 2) is another `Suite`, handed as a parameter to whoever hashes.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
"""Bytes of every secret: AES-256, an Ed25519 seed, an opening."""


class Digest(Protocol):
    """A finished hash, as hashlib gives it."""

    def digest(self) -> bytes:
        """The raw bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Suite:
    """One choice of hash. `number` is the `v` of the entries that use it."""

    number: int
    digest_size: int
    new: Callable[[bytes], Digest]
    derivation: hashes.HashAlgorithm

    def digest(self, data: bytes) -> bytes:
        """The plain hash."""
        return self.new(data).digest()

    @property
    def empty_root(self) -> bytes:
        """RFC 6962 §2.1: the root of a tree without leaves."""
        return self.digest(b"")

    def leaf_hash(self, entry: bytes) -> bytes:
        """RFC 6962 §2.1: the hash of a leaf."""
        return self.new(b"\x00" + entry).digest()

    def node_hash(self, left: bytes, right: bytes) -> bytes:
        """RFC 6962 §2.1: the hash of an inner node."""
        return self.new(b"\x01" + left + right).digest()

    def leaf_hashes(self, entries: Iterable[bytes]) -> list[bytes]:
        """The same for many, without a call in between: verifying years of entries spends its time here."""
        new = self.new
        return [new(b"\x00" + entry).digest() for entry in entries]

    def node_hashes(self, children: Sequence[bytes]) -> list[bytes]:
        """One node over each two neighbours; an odd last child is left out."""
        new = self.new
        return [
            new(b"\x01" + left + right).digest() for left, right in zip(children[::2], children[1::2], strict=False)
        ]

    def derive(self, key: bytes, salt: bytes, info: bytes) -> bytes:
        """HKDF (RFC 5869) to `KEY_SIZE` bytes."""
        return HKDF(algorithm=self.derivation, length=KEY_SIZE, salt=salt, info=info).derive(key)


SUITE_1 = Suite(number=1, digest_size=32, new=hashlib.sha256, derivation=hashes.SHA256())

DIGEST_SIZE = SUITE_1.digest_size
EMPTY_ROOT = SUITE_1.empty_root
digest = SUITE_1.digest
leaf_hash = SUITE_1.leaf_hash
node_hash = SUITE_1.node_hash
