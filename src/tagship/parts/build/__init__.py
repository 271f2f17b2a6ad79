"""What build is made of."""
