"""Pages of zone officers."""
