"""A gateway's own identifier of a message as the number under which the daemon knows the part; it knows no gateway."""

from hashlib import sha256

_OCTETS = 6


def reference_of(identifier: str) -> int:
    """The same number for the same identifier, in every run: 48 bits, since an entry keeps integers up to 2^53.

    Identifiers are up to 64 letters (SMPP 3.4 §5.2.23) or 64 bits (CMPP), too wide for an entry's integer. Of a
    thousand parts on their way two share a number with a chance of two in a thousand million.
    """
    return int.from_bytes(sha256(identifier.encode()).digest()[:_OCTETS], "big")
