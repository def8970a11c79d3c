"""A quarter of civil time in minutes: many clocks under the real daemon, which is killed again and again."""
