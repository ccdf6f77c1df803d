"""Structured lines for machines: JSON on stderr, without secrets, bodies or personal data.

What is logged is named where it is logged: problem keys, routes, bank names, key ids, types of faults.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TextIO

import structlog


class Lines:
    """Writes one line at a time; a stream that is gone loses the line and stops nobody."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def info(self, line: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"{line}\n")
            self.stream.flush()

    error = info


def log_as_json() -> None:
    """One JSON object per line, from now on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=True,
    )
