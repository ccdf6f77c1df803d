"""Industry chains: their picture, their pages and the lists of a node."""
