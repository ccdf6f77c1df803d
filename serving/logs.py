"""Structured lines for machines: JSON on stderr, without secrets, bodies or personal data.

What is logged is named where it is logged: problem keys, routes, bank names, key ids, types of faults.
"""

from __future__ import annotations

import logging
import sys

import structlog


def log_as_json() -> None:
    """One JSON object per line, from now on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
