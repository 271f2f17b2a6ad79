"""What release-assets is made of."""
