"""Every page and file that names an object, by its owner, by another of the same role, and by every other role.

The table is written by hand: a page of a new object is not open to anybody before its row is here. The object was made
by its owner; whoever may not see it reads exactly what an object that never was would show.
"""

from __future__ import annotations

import re

import pytest

from models.reform.read import read_packed
from serving.console.pages.analyst import reform_form
from serving.console.texts import text
from tests.serving.console.planted_owners import (
    AMOUNT_WAN,
    BY_FIRM,
    RUN,
    THEME,
    TITLE,
    Owners,
    absent,
)
from tests.serving.console.planted_people import PEOPLE

# sees : reads the words beside it; hidden : as if there were none; shut : the role has no such page or file at all.
# address, kind and words of the object;    firm   firm_b   bank   bank_b  officer (2)    analyst (2)    operator (2)
PAGES: dict[str, tuple[str, str, str]] = {
    "/firms/{uscc}": ("firm", "{id}",
        "shut   shut     shut   shut    sees   sees    sees   sees    shut   shut"),
    # An analyst is led to the page of a firm, and there is none of such a code.
    "/firms/{uscc}/certificate": ("firm", "{id}",
        "shut   shut     shut   shut    sees   sees    hidden hidden  shut   shut"),
    "/applications/{bank_application_id}": ("application", f"{AMOUNT_WAN} 万元",
        "sees   hidden   sees   hidden  shut   shut    shut   shut    shut   shut"),
    "/consents/{consent_id}": ("consent", "{id}",
        "sees   hidden   shut   shut    shut   shut    shut   shut    shut   shut"),
    "/decisions/{audit_id}": ("decision", "{id}",
        "sees   hidden   sees   hidden  shut   shut    shut   shut    shut   shut"),
    "/decision-prints/{audit_id}": ("decision", "{id}",
        "shut   shut     sees   hidden  shut   shut    shut   shut    shut   shut"),
    "/objections/{objection_id}": ("objection", BY_FIRM,
        "sees   hidden   shut   shut    shut   shut    shut   shut    shut   shut"),
    "/zone/objections/{objection_id}": ("objection", BY_FIRM,
        "shut   shut     shut   shut    sees   sees    shut   shut    shut   shut"),
    "/demands/{demand_id}": ("demand", TITLE,
        "sees   hidden   shut   shut    sees   sees    shut   shut    shut   shut"),
    "/events/{event_id}": ("event", THEME,
        "shut   shut     shut   shut    sees   sees    shut   shut    shut   shut"),
    "/chains/{chain_id}": ("chain", "光学镜头",
        "sees   sees     shut   shut    sees   sees    sees   sees    shut   shut"),
    "/chains/{chain_id}/nodes/{node_id}": ("node", "光学镜头",
        "sees   sees     shut   shut    sees   sees    sees   sees    shut   shut"),
    "/reform/jobs/{job}": ("job", RUN,
        "shut   shut     shut   shut    shut   shut    sees   hidden  shut   shut"),
    "/operator/accounts/{account_id}": ("account", "clerk-",
        "shut   shut     shut   shut    shut   shut    shut   shut    sees   sees"),
    # The object is in the query.
    "/clearance/declaration?number={number}": ("declaration", "{id}",
        "sees   hidden   shut   shut    sees   sees    shut   shut    shut   shut"),
    "/approvals/case?number={number}": ("case", "{id}",
        "sees   hidden   shut   shut    sees   sees    shut   shut    shut   shut"),
    "/incubators/incubator?id={incubator_id}": ("incubator", "{id}",
        "sees   hidden   shut   shut    sees   sees    shut   shut    shut   shut"),
    "/incubators/records?id={incubator_id}": ("incubator", "{id}",
        "shut   shut     shut   shut    sees   sees    shut   shut    shut   shut"),
    "/objections/new?kind=reason&number=0&decision={audit_id}": ("decision", "{id}",
        "sees   hidden   shut   shut    shut   shut    shut   shut    shut   shut"),
    "/reform?job={job}": ("job", RUN,
        "shut   shut     shut   shut    shut   shut    sees   hidden  shut   shut"),
}  # fmt: skip
FILES: dict[str, tuple[str, str, str]] = {
    "certificates/<number>/<lang>.<form>": ("certificate", "{id}",
        "sees   hidden   shut   shut    sees   sees    shut   shut    shut   shut"),
    "events/<event_id>/outcomes.<form>": ("event", "需求编号",
        "shut   shut     shut   shut    sees   sees    shut   shut    shut   shut"),
    "chains/<chain_id>/fishbone-<width>.svg": ("chain", "<svg",
        "sees   sees     shut   shut    sees   sees    sees   sees    shut   shut"),
    "jobs/<job>/<name>": ("job", RUN,
        "shut   shut     shut   shut    shut   shut    sees   hidden  shut   shut"),
    "bank/decisions/<audit_id>.json": ("decision", "{id}",
        "shut   shut     sees   hidden  shut   shut    shut   shut    shut   shut"),
}  # fmt: skip
# What is one's own alone, lists that hold what one may see, and forms; neither address nor query names an object.
NO_OBJECT = (
    "/", "/points", "/portrait", "/values", "/ladder", "/objections", "/indications", "/applications/new",
    "/applications", "/consents", "/demands", "/demands/new", "/events", "/events/new", "/overview", "/firms",
    "/quarantine", "/suppliers", "/chains", "/chains/gaps", "/chains/targets", "/chains/placements", "/investors",
    "/zone/objections", "/clearance", "/clearance/messages", "/clearance/report", "/approvals", "/approvals/statistics",
    "/approvals/items", "/approvals/intake", "/incubators", "/incubators/statistics", "/incubators/vouchers",
    "/incubators/quarantine", "/reform/jobs", "/runs", "/decisions", "/book", "/portfolio", "/bank-policy",
    "/operator/accounts", "/binding", "/operator/keys", "/operator/releases", "/operator/ledger", "/operator/health",
    "/operator/monitoring",
    "/certificates",  # opens with number and code together: ``test_others_acts``
    "firms.<form>", "demands.<form>", "events.<form>", "chains/gaps.<form>", "chains/targets.<form>",
    "incubator-reports.csv", "bank/decisions.<kind>",
)  # fmt: skip
PARTS = {"lang": "zh", "form": "html", "width": "1400", "name": "reform.yaml", "list_name": "local_library"}
TABLE = PAGES | FILES


def columns(row: tuple[str, str, str]) -> dict[str, str]:
    """What each person is to get."""
    return dict(zip(PEOPLE, row[2].split(), strict=True))


def address_of(template: str, kind: str, name: str) -> str:
    """The address of an object; the chain of a node is there."""
    given = PARTS | ({"chain_id": "small"} if kind == "node" else {}) | ({"form": "csv"} if kind == "event" else {})
    return re.sub(r"[{<](\w+)[}>]", lambda part: given.get(part[1], name), template)


@pytest.fixture(scope="module")
def packed(trained):
    """The packed rules, without which the form of a reform is empty."""
    return read_packed(trained.folder)


def test_every_page_and_file_that_names_an_object_has_its_row(owners):
    """As registered: with the id in the address, or in the query; what names none is listed above."""
    known = {row.partition("?")[0] for row in TABLE} | set(NO_OBJECT)
    registered = {page.path for page in owners.console.pages} | {one.name for one in owners.console.downloads}
    assert registered - known == set()
    assert known - registered == set()
    assert [one for one in NO_OBJECT if "{" in one or re.search(r"<(?!form|kind)", one)] == []


def test_flasks_own_addresses_that_hold_a_part_are_these(owners):
    """Files of libraries and the outline hold no object; ``/api`` and sessions have their tables elsewhere."""
    rules = {str(rule) for rule in owners.console.dash_app.server.url_map.iter_rules() if rule.arguments}
    assert {rule for rule in rules if not rule.startswith("/files/")} == {
        "/assets/<path:filename>", "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/<path:path>", "/account/sessions/<session_id>/end", "/api/<path:rest>",
    }  # fmt: skip


@pytest.mark.parametrize("template", PAGES)
def test_a_page_shows_its_object_to_whom_the_table_says_and_to_nobody_else(
    owners: Owners, template: str, packed, monkeypatch
):
    """The others read, but for the id, the very page of an object that never was."""
    monkeypatch.setattr(reform_form, "release", lambda: packed)
    kind, words, _ = row = PAGES[template]
    name, never = owners.held(kind), absent(kind, owners.held(kind))
    for who, wanted in columns(row).items():
        # what the page repeats of its own address says nothing
        shown, without = (
            owners.page(who, address).replace(address.partition("?")[2] or address, "").replace(one, "ID")
            for one in (name, never) for address in [address_of(template, kind, one)]
        )  # fmt: skip
        if wanted == "sees":
            assert words.replace("{id}", "ID") in shown, who
            assert words.replace("{id}", "ID") not in without, who
        else:
            assert shown == without, who
            assert (text("shell.not_found", "zh") in shown) == (wanted == "shut"), who


@pytest.mark.parametrize("template", FILES)
def test_a_file_is_given_to_whom_the_table_says_and_to_nobody_else(owners: Owners, template: str):
    """The others get, but for the id, the very answer of an object that never was."""
    kind, words, _ = row = FILES[template]
    name, never = owners.held(kind), absent(kind, owners.held(kind))
    for who, wanted in columns(row).items():
        got, without = (owners.file(who, f"/files/{address_of(template, kind, one)}") for one in (name, never))
        assert got.status_code == {"sees": 200, "hidden": 404, "shut": 403}[wanted], who
        if wanted == "sees":
            assert words.replace("{id}", name) in got.text, who
            assert without.status_code == 404, who
        else:
            assert without.status_code == got.status_code, who
            assert got.text.replace(name, "ID") == without.text.replace(never, "ID"), who
