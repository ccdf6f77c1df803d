"""Matching beside its peers: quality on any folder of text tasks, events, feedback, speed."""
