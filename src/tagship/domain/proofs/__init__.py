"""What speaks for a file: signatures, statements, and whom to believe."""
