"""The parts of the console's benchmark: what each measures, and whether its promise holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.benchmarks.console.crowd import crowd
from experiments.benchmarks.console.firm_rows import firm_rows as measure_firm_rows
from experiments.benchmarks.console.job_kills import job_kills as measure_job_kills
from experiments.benchmarks.console.keyboard import officer_by_keyboard
from experiments.benchmarks.console.long_list import long_list as measure_long_list
from experiments.benchmarks.console.others import opened_by_others
from experiments.benchmarks.console.paths import walked
from experiments.benchmarks.console.screens import bad, counted, look_at, run_axe
from experiments.benchmarks.console.speed import (
    FIRST_PAGE_BYTES,
    FIRST_PAGE_S,
    SECOND_VISIT_BYTES,
    visits,
)
from experiments.benchmarks.console.speed import leaks as measure_leaks

if TYPE_CHECKING:
    from experiments.benchmarks.console.bench import World

# A person looks at these: names of data; cells of a grid that show their whole text when pointed at or widened.
LOOKED_AT = {"Chinese in English", "English in Chinese", "cut in grid"}
PARTS = (
    "paths", "screens", "axe", "speed", "leaks", "long_list", "people", "keyboard", "roles", "firm_rows", "job_kills",
)  # fmt: skip


def paths(world: World) -> dict[str, Any]:
    """The day's path of each role, from sign-in to done."""
    rows = [walked(world, role) for role in world.roles]
    return {"rows": rows, "broke": {row["role"]: row["broke"] for row in rows if row["broke"]},
            "holds": all(row["holds"] for row in rows)}  # fmt: skip


def screens(world: World) -> dict[str, Any]:
    """Every page of the roles at both widths and languages: faults of looks, of the browser, pages without a link."""
    rows, lost = [], {}
    for role in world.roles:
        pages, without = world.found(role)
        lost[role] = without
        rows += look_at(world.browser, world.address, world.state(role), pages, world.pictures)
    broken = [row for row in rows if row["faults"] or row["foreign"] or row["refused"]]
    found = counted(rows)
    holds = not broken and not set(found) - LOOKED_AT
    return {"pictures": len(rows), "looks": found, "without_link": lost, "broken": broken, "rows": rows, "holds": holds}


def axe(world: World) -> dict[str, Any]:
    """What axe finds on every page of the roles, in both languages and colours."""
    rows = []
    for role in world.roles:
        rows += run_axe(world.browser, world.address, world.state(role), world.found(role)[0])
    found = bad(rows)
    return {"runs": len(rows), "serious_or_critical": found, "rows": rows, "holds": not found}


def speed(world: World) -> dict[str, Any]:
    """Every page with an empty cache and again; the bar is of the start page, which a role sees first."""
    rows = []
    for role in world.roles:
        for page in world.found(role)[0]:
            found = visits(world.browser, world.address, world.state(role), page.address)
            rows.append({"role": role, "page": page.page} | found)
    first = [row for row in rows if row["page"] == "/"]
    holds = all(
        row["first_done_s"] <= FIRST_PAGE_S
        and row["first_bytes"] <= FIRST_PAGE_BYTES
        and row["second_bytes"] <= SECOND_VISIT_BYTES
        for row in first
    ) and all(row["first_bytes"] <= FIRST_PAGE_BYTES for row in rows)
    slowest = sorted(rows, key=lambda row: row["second_done_s"])[-5:]
    largest = sorted(rows, key=lambda row: row["second_bytes"])[-5:]
    return {"start": first, "slowest": slowest, "largest_again": largest, "rows": rows, "holds": holds}


def leaks(world: World) -> dict[str, Any]:
    """Fifty page changes of each role round its pages: DOM nodes and heap before and after."""
    rows = []
    for role in world.roles:
        paths = [page.address for page in world.found(role)[0]]
        rows.append({"role": role} | measure_leaks(world.browser, world.address, world.state(role), paths))
    return {"rows": rows, "drift_share": {row["role"]: row["drift_share"] for row in rows},
            "holds": all(row["holds"] for row in rows)}  # fmt: skip


def long_list(world: World) -> dict[str, Any]:
    """A million rows in the console's own grid."""
    return measure_long_list(world.browser)


def firm_rows(_: World) -> dict[str, Any]:
    """The list of firms at a million rows, without a browser."""
    return measure_firm_rows()


def job_kills(_: World) -> dict[str, Any]:
    """Workers of jobs killed forty times."""
    return measure_job_kills(40)


def people(world: World) -> dict[str, Any]:
    """Twenty people at the list of firms at once."""
    return crowd(world)


def keyboard(world: World) -> dict[str, Any]:
    """The officer's path by keyboard alone."""
    return officer_by_keyboard(world)


def roles(world: World) -> dict[str, Any]:
    """What one person's pages link to, asked for by everybody else: other roles, other firms, other banks, nobody."""
    return opened_by_others(world)
