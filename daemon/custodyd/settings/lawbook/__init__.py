"""The law as data files: limits, sources, a unit's own rules, holidays; every mistake in them is told at once."""

from custodyd.settings.lawbook.lawbook import Lawbook, lawbook, shipped

__all__ = ["Lawbook", "lawbook", "shipped"]
