"""The founding paper: who saw the keys made and who is first, sealed with the wrap key until it stands in the record.

It must not know what a clerk or a leader may do.
"""

import secrets
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custodyd.ledger.errors import WrongKey
from custodyd.ledger.keys import Card, shred, write_new

FILE = "founding"
"""Its name, beside the keys and then in the state directory."""

_DOMAIN = b"custodyd/founding/1"
_NONCE_SIZE = 12


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pseudonym and whose it is; `card` None = somebody whom the record knows already."""

    person: str
    card: Card | None


class Founding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act of founding: two witnesses, the clerk whose first finger is enrolled by it, the first unit leader.

    `id` is drawn once, so that it is entered once; `made` in microseconds UTC; `account` the uid of the tool.
    `renewed`: not the first time, on the strength of both paper halves; then there may be no `leader`.
    """

    id: str
    made: int
    account: int
    witnesses: tuple[Named, Named]
    clerk: Named
    leader: Named | None = None
    renewed: bool = False


def write(path: Path, founding: Founding, wrap: bytes) -> None:
    """Seal it into a new file 0600; raises FileExistsError, OSError."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    write_new(path, nonce + AESGCM(wrap).encrypt(nonce, msgspec.msgpack.encode(founding), _DOMAIN))


def read(path: Path, wrap: bytes) -> Founding | None:
    """What waits to be entered, None where nothing does; raises WrongKey for another station's, OSError."""
    try:
        box = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        plain = AESGCM(wrap).decrypt(box[:_NONCE_SIZE], box[_NONCE_SIZE:], _DOMAIN)
        return msgspec.msgpack.decode(plain, type=Founding)
    except (InvalidTag, ValueError) as exc:  # msgspec's errors are ValueErrors too
        raise WrongKey("the founding was not sealed with this station's key") from exc


def remove(path: Path) -> None:
    """Overwrite and unlink: the names stand under the persons' own keys by now; raises OSError."""
    shred(path)
