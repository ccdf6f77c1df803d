"""Approvals: the catalogue of items, what happened in a case, the working-day calendar."""
