"""What publish is made of."""
