"""How a project is set up to release: its workflows, what doctor finds, what init writes."""
