"""Matching beside its peers: quality, events, feedback, speed."""
