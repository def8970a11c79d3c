"""The dossier cabinet's workflow: a pure machine that decides, and a desk that writes first and acts then."""
