"""Matching as a service.

packed (what a release holds of it), query_text (what a demand's text must be), visibility (who may see what),
service (lists of suppliers and demands, invitations), feedback (what was shown, and what came of it, as events).
"""
