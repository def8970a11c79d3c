"""Wires that drivers speak over; each module is the only door to its library."""
