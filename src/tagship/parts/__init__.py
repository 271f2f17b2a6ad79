"""What several steps are made of; a part knows no step."""
