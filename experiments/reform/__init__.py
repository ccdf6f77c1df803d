"""Reforms beside a baseline: the command, the result's files, its pages (``pages``) and its fingerprint."""
