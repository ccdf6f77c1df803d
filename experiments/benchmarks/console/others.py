"""Addresses with somebody's own identifiers, opened by everybody else: what is another's is not found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from experiments.benchmarks.console.browser import Person
from experiments.benchmarks.console.crawl import LINKS, page_of
from serving.console.page import PREFIX
from serving.console.texts import LANGS, text

if TYPE_CHECKING:
    from experiments.benchmarks.console.bench import World

OWNED = {  # pages of one's own, by the role whose they are
    "enterprise": ("/consents/{consent_id}", "/applications/{bank_application_id}", "/objections/{objection_id}",
                   "/decisions/{audit_id}", "/approvals/case", "/clearance/declaration"),
    "bank": ("/applications/{bank_application_id}", "/decisions/{audit_id}", "/decision-prints/{audit_id}"),
    "policy_analyst": ("/reform/jobs/{job}",),
}  # fmt: skip
STRANGERS = {"enterprise": ("enterprise", 1), "bank": ("bank", 2)}  # somebody of the same role and another firm or bank
REFUSED = (401, 403, 404)


def opened_by_others(world: World) -> dict[str, Any]:
    """Every page of one's own and every file that it links to, by a stranger of the same role and by nobody."""
    rows = []
    for role, owned in OWNED.items():
        for page in world.found(role)[0]:
            if page.page not in owned:
                continue
            with world.person(role) as owner:
                files = [link for link in owner.open(page.address).evaluate(LINKS) if is_file(link)]
                own = owner.page.inner_text("main")
            if role in STRANGERS:
                with world.person(*STRANGERS[role]) as stranger:
                    stranger.open(page.address)
                    rows.append(row(role, page.page, "stranger", shut(stranger, own)))
                    rows += [file_row(role, page.page, link, stranger) for link in files]
            rows += [file_row(role, page.page, link, None) for link in [world.address + page.address, *files]]
    rows += pages_of_other_roles(world)
    return {
        "rows": rows,
        "open": [one for one in rows if not one["refused"]],
        "holds": all(one["refused"] for one in rows),
    }


def pages_of_other_roles(world: World) -> list[dict[str, Any]]:
    """Every page of every role, by a person of a role that it is not for."""
    rows = []
    for reader in world.roles:
        with world.person(reader) as person:
            for role in world.roles:
                for page in world.found(role)[0]:
                    if page_of(page.address, reader, world.pages) is None:
                        person.open(page.address)
                        rows.append(row(role, page.page, reader, not_found(person.text())))
    return rows


def not_found(seen: str) -> bool:
    """Whether a page says, in the language that its reader has chosen, that there is no such page."""
    return any(text("shell.not_found", lang) in seen for lang in LANGS)


def is_file(link: str) -> bool:
    """Whether an address is of a file or of the API, as the console gives it on."""
    return urlsplit(link).path.startswith((f"{PREFIX}/files/", f"{PREFIX}/api/"))


def shut(stranger: Person, own: str) -> bool:
    """Whether a page shows a stranger words of refusal, and no long line of what its owner sees."""
    seen = stranger.page.inner_text("main")
    every_page = tuple(text("shell.clock_set", lang, day="")[:12].split("为")[0] for lang in LANGS)  # of the day
    lines = {line.strip() for line in own.splitlines() if len(line.strip()) > 60 and not line.startswith(every_page)}
    return not any(line in seen for line in lines) and len(seen) < len(own)


def row(role: str, page: str, by: str, refused: bool, file: str = "") -> dict[str, Any]:
    """One line of the table."""
    return {"owner": role, "page": page, "file": file, "by": by, "refused": refused}


def file_row(role: str, page: str, link: str, stranger: Person | None) -> dict[str, Any]:
    """A file of somebody's, by a stranger or by nobody."""
    if stranger is None:
        status = httpx.get(link, headers={"Sec-Fetch-Mode": "cors"}).status_code
    else:
        status = stranger.page.request.get(link).status
    return row(role, page, "nobody" if stranger is None else "stranger", status in REFUSED, urlsplit(link).path)
