"""The pages of the console, in the order of the menu; a module a page or a few that belong together."""

from __future__ import annotations

from collections.abc import Callable

from serving.console.page import Console
from serving.console.pages.zone import demand, demand_list, event, event_list, invitations, supplier_search

# One line a module, so that two additions do not meet.
REGISTER: tuple[Callable[[Console], None], ...] = (
    demand_list.register,
    demand.register,
    supplier_search.register,
    event_list.register,
    event.register,
    invitations.register,
)  # fmt: skip
