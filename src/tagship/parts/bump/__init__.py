"""What version-bump is made of."""
