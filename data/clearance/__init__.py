"""Customs clearance: what a message holds, the codes of its day, the dialects of its statuses."""
