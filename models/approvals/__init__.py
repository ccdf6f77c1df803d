"""Approvals: clocks of a case, its state folded from events, forecasts, statistics and pages."""
