"""Pages of enterprises."""
