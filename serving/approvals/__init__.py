"""Approvals over HTTP and from event logs: events in, cases, lamps and statistics out."""
