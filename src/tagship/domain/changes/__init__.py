"""What changed: commits and merges, the bump that they ask for, the changelog that tells of them."""
