"""The pages of the console, in the order of the menu; a module a page or a few that belong together."""

from __future__ import annotations

from collections.abc import Callable

from serving.console.page import Console
from serving.console.pages.zone import (
    approvals,
    approvals_case,
    approvals_intake,
    approvals_items,
    approvals_statistics,
    clearance,
    clearance_messages,
    clearance_report,
    declaration,
)

# One line a module, so that two additions do not meet.
REGISTER: tuple[Callable[[Console], None], ...] = (
    clearance.register,
    declaration.register,
    clearance_messages.register,
    clearance_report.register,
    approvals.register,
    approvals_case.register,
    approvals_statistics.register,
    approvals_items.register,
    approvals_intake.register,
)  # fmt: skip
