"""What holds for every test: Hypothesis without a deadline, since no test here asserts a speed."""

from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
