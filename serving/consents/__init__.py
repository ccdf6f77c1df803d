"""Consents of enterprises: given, signed, checked, revoked."""
