"""Objections of enterprises to what is recorded or concluded about them."""
