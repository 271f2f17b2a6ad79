"""What is decided before anything is built: files, legs, probes, channels; and the receipts that answer it."""
