"""The API's fixture for reports."""

from tests.daemon.api.conftest import api

__all__ = ["api"]
