"""Device families: each reports facts and obeys small verbs; none knows a person, a case or a rule."""
