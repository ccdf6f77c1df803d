"""Fixtures of the zone's pages."""

from tests.serving.console.pages.zone.record_views import api_loop, record_shop, seen_by

__all__ = ["api_loop", "record_shop", "seen_by"]
