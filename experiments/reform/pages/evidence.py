"""What the data can prove and what they cannot, the files of the result, and its fingerprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.reform.fingerprint import KINDS, WITHHELD
from experiments.reform.pages.overview import scenario_name
from experiments.reform.pages.writing import Writer, section, table
from models.reform.names import refit_key

ALWAYS = ("synthetic_data", "no_behaviour", "model_estimates", "groups_of_baseline", "many_intervals", "not_cause")


def evidence(page: Writer, at: int | None = None) -> str:
    """One sentence for each condition under which the figures hold.

    at : the reform that the page is of; None on the page of all, where a condition of some names them
    """
    reforms = page.at(("reforms",))
    shown = reforms if at is None else [reforms[at]]
    absent = {key for one in reforms for key in one["conditions"]} - {key for one in shown for key in one["conditions"]}
    conditions = [key for key in page.at(("conditions",)) if key not in absent]
    always = [name for name in ALWAYS if name != "synthetic_data" or "real_data" not in conditions]
    keys = dict.fromkeys([*always, *conditions])
    if without := refit_key(page.at(("method", "refit_draws"))):
        keys[without] = None
    if page.at(("method", "sampled_firms")) is not None:
        keys["sampled"] = None
    notes = [
        _of_whom(page, key, shown) + page.say(
            f"condition.{key}", level=("method", "level"), least=("method", "smallest_group"),
            sampled=("method", "sampled_firms"), firms=("population", "firms"), draws=("method", "refit_draws"),
            **{name: ("certificates", name) for name in ("policies", "issued", "certified")},
        )
        for key in keys
    ]  # fmt: skip
    dropped = page.at(("population", "dropped"))
    notes += [
        page.say("condition.dropped", n=("population", "dropped", name), reason=page.name("dropped", name))
        for name in dropped
    ]
    listed = "".join(f"<li>{note}</li>" for note in notes)
    return section("evidence", page.label("evidence.title"), f'<ul class="notes">{listed}</ul>')


def _of_whom(page: Writer, key: str, reforms: Sequence[Mapping[str, Any]]) -> str:
    """The names of the reforms that a condition is of, where it is not of all, ready to stand before its sentence."""
    whose = [scenario_name(page, one["scenario"]) for one in reforms if key in one["conditions"]]
    if not whose or len(whose) == len(reforms):
        return ""
    return page.label("list.comma").join(whose) + page.label("colon")


def files(page: Writer, fingerprint: Mapping[str, Any]) -> str:
    """The tables beside the page, the fingerprint, and how anybody verifies it."""
    shown = [name for name in fingerprint["result"] if name not in WITHHELD]
    links = "".join(f'<li><a href="{name}">{name}</a></li>' for name in shown)
    head = [page.label(f"fingerprint.{name}") for name in ("kind", "digest", "kept")]
    body = [
        [page.label(f"fingerprint.{kind}"), f"<code>{fingerprint['inputs'][kind]['digest']}</code>",
         _kept(page, fingerprint["inputs"][kind])]
        for kind in KINDS
    ]  # fmt: skip
    command = f"python -m experiments verify-reform FOLDER --cited {fingerprint['id']}"
    citable = page.label("fingerprint.citable" if fingerprint["citable"] else "fingerprint.draft")
    return section(
        "files", page.label("files.title"),
        f"<p>{page.label('files.intro')}</p><ul>{links}</ul>",
        f"<h3>{page.label('fingerprint.title')}</h3>",
        f"<p>{page.label('fingerprint.id')} <code>{fingerprint['id']}</code></p><p>{citable}</p>",
        table(page.label("fingerprint.caption"), head, body, 3),
        f"<p>{page.label('fingerprint.verify')}</p><pre><code>{command}</code></pre>",
    )  # fmt: skip


def _kept(page: Writer, one: Mapping[str, Any]) -> str:
    text = page.label(f"fingerprint.{one['kept']}")
    lacking = ", ".join(f"<code>{page.own((name, name))}</code>" for name in one["lacking"])
    named = f" <code>{page.own((one['by'], one['by']))}</code>" if one["by"] else ""
    return f"{text}{named}" + (f"{page.label('colon')}{lacking}" if lacking else "")
