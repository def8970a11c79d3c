"""Where a shared wire is: the keys that every [bus.<id>] table has, whatever its protocol; it opens nothing."""

from typing import Annotated

from msgspec import Meta, Struct


class Where(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A serial port (`port`) or a TCP address (`host`), never both; raises ValueError (ValidationError by msgspec)."""

    port: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    host: Annotated[str, Meta(min_length=1, max_length=253)] | None = None
    tcp_port: Annotated[int, Meta(ge=1, le=65535)]

    def __post_init__(self) -> None:
        if (self.port is None) == (self.host is None):
            raise ValueError("a bus has either `port` (serial) or `host` (TCP): 总线须且只能填写 port 或 host 之一")

    @property
    def address(self) -> str:
        """The port's path, or host and TCP port, for people."""
        return self.port or f"{self.host}:{self.tcp_port}"
