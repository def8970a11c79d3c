"""How people and tools come in: HTTP on a unix socket, one table of routes, rights from the peer's account."""

from custodyd.api.app import make_app
from custodyd.api.serve import serve
from custodyd.api.services import Services

__all__ = ["Services", "make_app", "serve"]
