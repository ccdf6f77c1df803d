"""The pages of the console, in the order of the menu; a module a page or a few that belong together."""

from __future__ import annotations

from collections.abc import Callable

from serving.console.page import Console
from serving.console.pages.bank import (
    application,
    book,
    decision,
    decisions,
    inbox,
    policy,
    portfolio,
    waiting,
)

# One line a module, so that two additions do not meet.
REGISTER: tuple[Callable[[Console], None], ...] = (
    inbox.register,
    application.register,
    decisions.register,
    decision.register,
    book.register,
    portfolio.register,
    policy.register,
    waiting.register,
)  # fmt: skip
