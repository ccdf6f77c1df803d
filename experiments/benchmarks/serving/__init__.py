"""Campaigns against the running service: load, crash, fuzz, contract, newcomer."""
