"""The pages of the console, in the order of the menu; a module a page or a few that belong together."""

from __future__ import annotations

from collections.abc import Callable

from serving.console.page import Console
from serving.console.pages.zone import certificate, firm_list, overview, portrait, quarantine

# One line a module, so that two additions do not meet.
REGISTER: tuple[Callable[[Console], None], ...] = (
    overview.register,
    firm_list.register,
    certificate.register,
    portrait.register,
    quarantine.register,
)  # fmt: skip
