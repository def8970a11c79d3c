"""Kills of the real process at random instants under load."""
