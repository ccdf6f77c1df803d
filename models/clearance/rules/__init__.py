"""Rules of a declaration: what can be checked before it is sent."""
