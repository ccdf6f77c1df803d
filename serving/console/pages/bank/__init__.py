"""Pages of bank officers."""
