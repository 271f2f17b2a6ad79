"""What servers of the Model Context Protocol answered, what is wrong with it, what changed in it."""
