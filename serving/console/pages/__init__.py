"""The pages of the console, in the order of the menu; a module a page or a few that belong together."""

from __future__ import annotations

from importlib import import_module

from serving.console.page import Console

# Modules of this package, each with ``register(console)``; those of one menu group follow each other.
MODULES = (
    "enterprise.points",
    "enterprise.portrait",
    "enterprise.held",
    "enterprise.tiers",
    "enterprise.objections",
    "enterprise.indications",
    "enterprise.applying",
    "enterprise.applications",
    "enterprise.consents",
    "enterprise.decisions",
    "enterprise.demands",
    "enterprise.events",
    "zone.overview",
    "zone.firm_list",
    "zone.certificate",
    "zone.portrait",
    "zone.quarantine",
    "zone.demand_list",
    "zone.demand",
    "zone.supplier_search",
    "zone.event_list",
    "zone.event",
    "zone.invitations",
    "zone.chain_map",
    "zone.chain_lists",
    "zone.chain_node",
    "zone.chain_acts",
    "zone.placements",
    "enterprise.investors",
    "zone.objections",
    "zone.clearance",
    "zone.declaration",
    "zone.clearance_messages",
    "zone.clearance_report",
    "zone.approvals",
    "zone.approvals_case",
    "zone.approvals_statistics",
    "zone.approvals_items",
    "zone.approvals_intake",
    "zone.incubators",
    "zone.incubator",
    "zone.incubator_statistics",
    "zone.incubator_vouchers",
    "zone.incubator_records",
    "zone.incubator_quarantine",
    "zone.records_waiting",
    "analyst.reform_acts",
    "analyst.job_pages",
    "analyst.job_files",
    "analyst.run_page",
    "bank.inbox",
    "bank.application",
    "bank.decisions",
    "bank.decision",
    "bank.book",
    "bank.portfolio",
    "bank.policy",
    "bank.waiting",
    "operator.accounts",
    "operator.bind_accounts",
    "operator.keys",
    "operator.releases",
    "operator.ledger",
    "operator.health",
    "operator.monitoring",
)


def register(console: Console) -> None:
    """Add every page and callback of these modules."""
    for name in MODULES:
        import_module(f"{__name__}.{name}").register(console)
