"""Customs clearance: states folded from events, checks of a declaration, reports, alerts."""
