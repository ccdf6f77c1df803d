"""The pages of the console, in the order of the menu; a module a page or a few that belong together."""

from __future__ import annotations

from importlib import import_module

from serving.console.page import Console

# Modules of this package, each with ``register(console)``; those of one menu group follow each other.
MODULES = (
    "zone.firm_list",
    "zone.portrait",
    "zone.certificate",
    "zone.demand_list",
    "zone.demand",
    "zone.supplier_search",
    "zone.event_list",
    "zone.event",
    "zone.invitations",
    "zone.objections",
    "enterprise.points",
    "enterprise.held",
    "enterprise.tiers",
    "enterprise.objections",
    "enterprise.indications",
    "enterprise.applying",
    "enterprise.applications",
    "enterprise.consents",
    "enterprise.decisions",
    "enterprise.investors",
    "bank.inbox",
    "bank.application",
    "bank.decisions",
    "bank.decision",
    "bank.book",
    "bank.portfolio",
    "bank.policy",
    "bank.waiting",
)


def register(console: Console) -> None:
    """Add every page and callback of these modules."""
    for name in MODULES:
        import_module(f"{__name__}.{name}").register(console)
