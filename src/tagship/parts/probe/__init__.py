"""What probe is made of."""
