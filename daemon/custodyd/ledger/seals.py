"""Personal labels, bound by a hash and kept in a box: the opening shows the text, nobody can change it.

It must not know where keys lie. Formula and reasons: the page on the record, "Sealed labels".
"""

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custodyd.ledger.errors import WrongKey
from custodyd.ledger.note import decode64, encode64
from custodyd.ledger.suite import KEY_SIZE, SUITE_1, Suite
from custodyd.model.entry import Label, Sealed

_DOMAIN = b"custodyd/label/1"
_NONCE = bytes(12)  # each key is derived from its own commitment and used once


def commitment(opening: bytes, text: str, suite: Suite = SUITE_1) -> bytes:
    """What binds the station to `text`: needs nothing but the suite's hash to check."""
    return suite.digest(_DOMAIN + b"\x00" + opening + text.encode())


def is_bound(commit: str, opening: str, text: str, suite: Suite = SUITE_1) -> bool:
    """Whether a disclosed opening and text (base64, as `Seals.disclose` gives them) are what `commit` binds."""
    try:
        raw = decode64(opening)
    except ValueError:
        return False
    return len(raw) == KEY_SIZE and encode64(commitment(raw, text, suite)) == commit


class Seals:
    """Seals and opens labels with the keys of persons, which `key_of` finds (it raises Erased)."""

    def __init__(
        self,
        key_of: Callable[[str], bytes],
        random: Callable[[int], bytes] = secrets.token_bytes,
        suite: Suite = SUITE_1,
    ) -> None:
        self._key_of = key_of
        self._random = random
        self._suite = suite

    def seal(self, label: Label) -> Sealed:
        """Bind and box a label; raises Erased, WrongKey."""
        opening = self._random(KEY_SIZE)
        commit = commitment(opening, label.text, self._suite)
        box = self._cipher(label.person, commit).encrypt(_NONCE, opening + label.text.encode(), commit)
        return Sealed(label.path, label.person, encode64(commit), encode64(box))

    def disclose(self, sealed: Sealed) -> tuple[str, str]:
        """(opening in base64, text) of a label; raises Erased, WrongKey."""
        opening, text = self._open(sealed)
        if encode64(commitment(opening, text, self._suite)) != sealed.commit:
            raise WrongKey("the box holds another text than was bound")
        return encode64(opening), text

    def open(self, sealed: Sealed) -> str:
        """The text of a label; raises Erased, WrongKey."""
        return self.disclose(sealed)[1]

    def _open(self, sealed: Sealed) -> tuple[bytes, str]:
        try:
            commit = decode64(sealed.commit)
            plain = self._cipher(sealed.person, commit).decrypt(_NONCE, decode64(sealed.box), commit)
            return plain[:KEY_SIZE], plain[KEY_SIZE:].decode()
        except (InvalidTag, ValueError) as exc:
            raise WrongKey("the box does not open") from exc

    def _cipher(self, person: str, commit: bytes) -> AESGCM:
        return AESGCM(self._suite.derive(self._key_of(person), commit, _DOMAIN))
