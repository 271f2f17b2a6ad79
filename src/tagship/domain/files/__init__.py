"""What is built, as files: their names, what must be in them, what must not."""
