"""The cultivation ladder: which tiers' rules a firm meets, how far the next one is, and what a rule change moves."""
