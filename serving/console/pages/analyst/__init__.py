"""Pages of policy analysts."""
