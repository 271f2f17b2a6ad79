"""A release: what leads to it, and what it tells those who install it."""
