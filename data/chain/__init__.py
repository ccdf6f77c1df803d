"""Industry chains as data: the file of a chain, the records placed on it, and the standards that both name."""
