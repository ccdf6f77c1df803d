"""Reports of clearance: counts, amounts and times by period and group, and what a change between periods is made of."""
