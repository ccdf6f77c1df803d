"""What each route answers to each kind of key: the promise that the tests check and the documents print.

own : the bank whose decision and bank application they are; firm : their enterprise; other, other_firm : anybody
else of the same kind; operator, officer, analyst : the zone's, each with the permissions of the role; unscoped : a key
of the own bank without the permission; wrong : an unknown key; none : no key.
"""

from __future__ import annotations

from collections.abc import Mapping

from serving.http.routes import OPERATIONS

CALLERS = ("own", "firm", "other", "other_firm", "operator", "officer", "analyst", "unscoped", "wrong", "none")
Row = Mapping[str, int]


def _row(
    own: int, firm: int, other: int, other_firm: int, operator: int, officer: int = 403, analyst: int = 403
) -> Row:
    shut = (own, firm, other, other_firm, operator, officer, analyst, 403, 401, 401)
    return dict(zip(CALLERS, shut, strict=True))


_OPEN: Row = dict.fromkeys(CALLERS, 200)
_PLACED = _row(403, 200, 403, 200, 200, 200)  # a bank needs a key with the permission
_CHAIN = _row(403, 200, 403, 200, 200, 200, 200)  # a bank needs a key with the permission
_DECLARATION = _row(403, 200, 403, 404, 200, 200)
_OWN = _row(403, 200, 403, 200, 200, 200)  # an enterprise gets what is its own
_READ = _row(403, 200, 403, 200, 200, 200, 200)
_ZONE = _row(403, 403, 403, 403, 200, 200)
_COUNTED = _row(403, 403, 403, 403, 200, 200, 200)
EXPECTED: Mapping[tuple[str, str], Row] = {
    ("POST", "/v1/quota"): _row(200, 403, 403, 403, 403),
    ("POST", "/v1/quota/batch"): _row(200, 403, 403, 403, 403),
    ("POST", "/v1/points"): _row(200, 200, 403, 403, 403),
    ("POST", "/v1/points/advice"): _row(200, 200, 403, 403, 403),
    ("GET", "/v1/points/{uscc}/history"): _row(403, 200, 403, 404, 403, 200),
    ("GET", "/v1/decisions/{audit_id}"): _row(200, 200, 404, 404, 200),
    ("POST", "/v1/decisions/{audit_id}/overrides"): _row(201, 403, 404, 403, 403),
    ("POST", "/v1/portfolio"): _row(200, 403, 404, 403, 403),
    ("POST", "/v1/consents"): _row(403, 201, 403, 201, 403),
    ("POST", "/v1/consents/zone"): _row(403, 201, 403, 201, 403),
    ("GET", "/v1/consents"): _row(403, 200, 403, 200, 403),
    ("POST", "/v1/consents/{consent_id}/revoke"): _row(403, 200, 403, 404, 403),
    ("GET", "/v1/consent-issuers"): _row(200, 200, 200, 200, 200, 200),
    ("GET", "/v1/banks"): _row(200, 200, 200, 200, 200, 200),
    ("POST", "/v1/indications"): _row(403, 200, 403, 200, 403),
    ("POST", "/v1/applications"): _row(403, 201, 403, 201, 403),
    ("GET", "/v1/bank-applications"): _row(200, 200, 200, 200, 403),
    ("GET", "/v1/bank-applications/{bank_application_id}"): _row(200, 200, 404, 404, 403),
    ("POST", "/v1/bank-applications/{bank_application_id}/due-diligence"): _row(200, 403, 404, 403, 403),
    ("POST", "/v1/bank-applications/{bank_application_id}/grant"): _row(200, 403, 404, 403, 403),
    ("POST", "/v1/bank-applications/{bank_application_id}/decline"): _row(200, 403, 404, 403, 403),
    ("POST", "/v1/bank-applications/{bank_application_id}/withdraw"): _row(403, 200, 403, 404, 403),
    ("POST", "/v1/bank-applications/expire"): _row(403, 403, 403, 403, 200),
    ("POST", "/v1/releases"): _row(403, 403, 403, 403, 409),  # the example's version was proposed by somebody else
    ("POST", "/v1/releases/activate"): _row(403, 403, 403, 403, 201),
    ("GET", "/v1/releases"): _row(403, 403, 403, 403, 200),
    ("GET", "/v1/releases/in-force"): _row(200, 403, 200, 403, 200),
    ("POST", "/v1/match/suppliers"): _row(403, 200, 403, 200, 200, 200),  # a bank needs a key with the permission
    ("POST", "/v1/match/demands"): _row(403, 200, 403, 403, 200, 200),
    ("POST", "/v1/match/search"): _row(403, 200, 403, 200, 200, 200),
    ("POST", "/v1/match/events/{event_id}/invitations"): _row(403, 403, 403, 403, 200, 200),
    ("POST", "/v1/match/outcomes"): _row(403, 201, 403, 404, 201, 201),
    ("POST", "/v1/match/withdrawal"): _row(403, 200, 403, 200, 403),
    ("GET", "/v1/match/events"): _OWN,
    ("POST", "/v1/match/events"): _row(403, 403, 403, 403, 201, 201),
    ("GET", "/v1/demands"): _OWN,
    ("POST", "/v1/demands"): _row(403, 201, 403, 409, 422, 422),  # the identifier is the firm's; the zone names a firm
    ("GET", "/v1/demands/{demand_id}"): _DECLARATION,
    ("POST", "/v1/demands/{demand_id}/close"): _DECLARATION,
    ("GET", "/v1/chains"): _CHAIN,
    ("GET", "/v1/chains/{chain_id}/fishbone.svg"): _CHAIN,
    ("GET", "/v1/chains/{chain_id}/page.html"): _CHAIN,
    ("GET", "/v1/chains/{chain_id}/nodes/{node_id}"): _CHAIN,
    ("GET", "/v1/chains/{chain_id}/nodes/{node_id}/page.html"): _CHAIN,
    ("GET", "/v1/chains/{chain_id}/nodes/{node_id}/{list_name}.csv"): _CHAIN,
    ("GET", "/v1/chains/{chain_id}/nodes/{node_id}/{list_name}.xlsx"): _CHAIN,
    ("POST", "/v1/chains/{chain_id}/nodes/{node_id}/campaigns"): _row(403, 403, 403, 403, 201, 201),
    ("GET", "/v1/chains/{chain_id}/removals/{firm_id}"): _row(403, 403, 403, 403, 200, 200),
    ("POST", "/v1/placements"): _PLACED,
    ("POST", "/v1/placements/corrections"): _row(403, 403, 403, 403, 201, 201),
    ("GET", "/v1/firms/{uscc}/ladder"): _row(403, 200, 403, 404, 200, 200, 200),
    ("POST", "/v1/recommend/investors"): _PLACED,
    ("POST", "/v1/clearance/messages"): _row(403, 201, 403, 201, 201, 201),
    ("POST", "/v1/clearance/checks"): _row(403, 200, 403, 200, 200, 200),
    ("GET", "/v1/clearance/declarations"): _row(403, 200, 403, 200, 200, 200),
    ("GET", "/v1/clearance/declarations/{number}"): _DECLARATION,
    ("GET", "/v1/clearance/declarations/{number}/forecast"): _row(403, 404, 403, 404, 404, 404),  # without forecasts
    ("GET", "/v1/clearance/declarations/{number}/page.html"): _DECLARATION,
    ("GET", "/v1/clearance/declarations/{number}/sheet.html"): _DECLARATION,
    ("GET", "/v1/clearance/declarations/{number}/sheet.pdf"): _DECLARATION,
    ("POST", "/v1/clearance/cutoffs"): _row(403, 201, 403, 404, 201, 201),
    ("GET", "/v1/clearance/alerts"): _row(403, 404, 403, 404, 404, 404),  # the tests' release comes without forecasts
    ("GET", "/v1/clearance/stream"): _row(403, 200, 403, 200, 200, 200),
    ("GET", "/v1/clearance/refused"): _row(403, 403, 403, 403, 200, 200),
    ("GET", "/v1/clearance/reports/page.html"): _row(403, 200, 403, 200, 200, 200),
    ("GET", "/v1/clearance/reports/table.csv"): _row(403, 200, 403, 200, 200, 200),
    ("GET", "/v1/clearance/reports/table.xlsx"): _row(403, 200, 403, 200, 200, 200),
    ("POST", "/v1/clearance/webhooks"): _row(403, 403, 403, 403, 422),  # no host is allowed until a person allows it
    ("GET", "/v1/clearance/webhooks"): _row(403, 403, 403, 403, 200),
    ("POST", "/v1/clearance/webhooks/{webhook_id}/disable"): _row(403, 403, 403, 403, 404),
    ("GET", "/v1/clearance/deliveries"): _row(403, 403, 403, 403, 200),
    ("POST", "/v1/approvals/events"): _row(403, 403, 403, 403, 201, 201),
    ("POST", "/v1/approvals/logs"): _row(403, 403, 403, 403, 201, 201),
    ("GET", "/v1/approvals/cases"): _OWN,
    ("GET", "/v1/approvals/lamps"): _OWN,
    ("GET", "/v1/approvals/cases/{number}"): _DECLARATION,
    ("GET", "/v1/approvals/cases/{number}/page.html"): _DECLARATION,
    ("GET", "/v1/approvals/items"): _READ,
    ("GET", "/v1/approvals/reductions"): _READ,
    ("GET", "/v1/approvals/statistics"): _READ,
    ("GET", "/v1/approvals/statistics/page.html"): _READ,
    ("GET", "/v1/approvals/statistics/table.csv"): _READ,
    ("GET", "/v1/approvals/statistics/table.xlsx"): _READ,
    ("GET", "/v1/approvals/alerts"): _row(403, 403, 403, 403, 404, 404),  # the tests' release comes without forecasts
    ("GET", "/v1/approvals/quarantine"): _ZONE,
    ("GET", "/v1/incubators"): _READ,
    ("POST", "/v1/incubators/reports"): _row(403, 403, 403, 403, 201, 201),
    ("POST", "/v1/incubators/corrections"): _row(403, 403, 403, 403, 201, 201),
    ("POST", "/v1/incubators/vouchers"): _row(403, 403, 403, 403, 201, 201),
    ("GET", "/v1/incubators/vouchers"): _OWN,
    ("GET", "/v1/incubators/statistics"): _COUNTED,
    ("GET", "/v1/incubators/statistics/page.html"): _COUNTED,
    ("GET", "/v1/incubators/statistics/table.csv"): _COUNTED,
    ("GET", "/v1/incubators/statistics/table.xlsx"): _COUNTED,
    ("GET", "/v1/incubators/reconciliation"): _ZONE,
    ("GET", "/v1/incubators/quarantine"): _ZONE,
    ("GET", "/v1/incubators/{incubator_id}"): _DECLARATION,
    ("GET", "/v1/incubators/{incubator_id}/page.html"): _DECLARATION,
    ("GET", "/v1/incubators/{incubator_id}/recognition"): _ZONE,
    ("GET", "/v1/monitoring"): _row(403, 403, 403, 403, 200),
    ("GET", "/metrics"): _row(403, 403, 403, 403, 200),
    ("GET", "/openapi.json"): _OPEN,
    ("GET", "/healthz"): _OPEN,
    ("GET", "/readyz"): _OPEN,
    ("GET", "/problems/{key}"): _OPEN,
}


def access_markdown() -> str:
    """The table as Markdown, in the order of the routes."""
    head = ["method", "route", "roles", "permission", *CALLERS]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for operation in OPERATIONS:
        method, path = operation.method, operation.path
        statuses = [str(EXPECTED[method, path][caller]) for caller in CALLERS]
        cells = [method, f"`{path}`", ", ".join(operation.roles) or "open", operation.permission or "–", *statuses]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
