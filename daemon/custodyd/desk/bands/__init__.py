"""What becomes of what wristbands tell: heard, unknown, lost, opened, called for; who wears one is not known here."""
