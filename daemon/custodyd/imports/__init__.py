"""The case platform: its rows checked, compared with the record, and taken over by the register's own verbs."""
