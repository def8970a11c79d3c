"""The workflow at a cabinet: a pure machine that decides, and a desk that writes first and acts then."""
