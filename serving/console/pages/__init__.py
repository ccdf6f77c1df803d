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
from serving.console.pages.zone import firm_list

# One line a module, so that two additions do not meet.
REGISTER: tuple[Callable[[Console], None], ...] = (
    firm_list.register,
from serving.console.pages.enterprise import (
    applications,
    applying,
    consents,
    decisions,
    held,
    indications,
    investors,
    points,
    tiers,
)
from serving.console.pages.enterprise import objections as own_objections
from serving.console.pages.zone import objections
    objections.register,
    points.register,
    held.register,
    tiers.register,
    own_objections.register,
    indications.register,
    applying.register,
    applications.register,
    consents.register,
    decisions.register,
    investors.register,
    inbox.register,
    application.register,
    decisions.register,
    decision.register,
    book.register,
    portfolio.register,
    policy.register,
    waiting.register,
)  # fmt: skip
