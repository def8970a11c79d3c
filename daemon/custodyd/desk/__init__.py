"""Workflows: what people do, as state machines whose every transition is an entry; no byte, no page, no wire."""
