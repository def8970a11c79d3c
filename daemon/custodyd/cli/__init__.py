"""The tools at a prompt: custodyd and custodyctl, and what only they print; rich and PDF libraries live only here."""
