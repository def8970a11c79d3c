"""The daemon between the hardware of a case-handling area and the law."""

__version__ = "0.1.0"
