"""What all tests share."""

from hypothesis import settings

# How long one example takes depends on the machine's other work, and no test here asserts a time.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
