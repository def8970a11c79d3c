"""Pure nouns: people, cases, dossiers, devices and the entries that tell what happened to them; no I/O, no clock."""
