"""What a person reads: sentences (templates), quantities (names and units), figures (number formats)."""
