"""What projects say of themselves, in the files of their languages: read, never run."""
