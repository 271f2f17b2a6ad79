"""What sign-and-attest and verify are made of."""
