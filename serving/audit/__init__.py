"""Decisions from the record: replay, and a challenger's run beside the champion."""
