"""Statutory clocks: started by a paper, extended, paused, corrected and ended by papers; the law does the counting."""
