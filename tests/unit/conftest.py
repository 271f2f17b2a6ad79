"""Settings of the property tests."""

from hypothesis import settings

# No deadline: the time of a single example says more about the machine than about the code.
settings.register_profile("unit", max_examples=60, deadline=None)
settings.load_profile("unit")
