"""The composition root: builds everything from the settings and keeps it running; it decides nothing about custody."""
