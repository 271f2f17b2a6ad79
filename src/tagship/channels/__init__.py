"""One file per kind of place to publish to: what it owes, what is there, publish, see it."""
