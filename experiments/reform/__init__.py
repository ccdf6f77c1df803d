"""Reform simulations from files: reading a study, running it, writing its result as JSON and tables."""
