"""One incubator as an HTML page that needs nothing else: record, figures with their basis, recognition, history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from data.beijing import BEIJING
from data.codebook import reference_path
from data.incubators.fields import Record, record_fields, registry_sentences
from data.incubators.figures import areas
from data.texts.sentences import Sentence, read_sentences
from models.chain.node_view import Language
from models.chain.pages.html import BANNER_STYLE, Links, document, section, table, text
from models.incubators.recognition import recognition_rules

_WORDS = "td,th{overflow-wrap:normal;word-break:normal}"  # no word of a narrow column is broken
NAMED = ("kind", "level")  # members whose values have names


def incubator_page(
    seen: Mapping[str, Any], recognition: Mapping[str, Any] | None, lang: Language, other_language: str | None = None
) -> str:
    """The page of an incubator.

    seen : incubator_id, on, known_at, simulated, incubator, figures, tenants, history, as the service answers them
    recognition : answer of ``recognise``, None where it is not shown
    """
    page = _Page(lang)
    body = [f"<style>{BANNER_STYLE}{_WORDS}</style>"]
    if seen["simulated"]:
        body.append(f'<p class="banner risk">{text(page.say("simulated"))}</p>')
    if seen["known_at"] is not None:
        body.append(f"<p>{text(page.say('known_at', at=str(seen['known_at'])))}</p>")
    body += [page.record(seen["incubator"]), page.figures(seen["figures"])]
    body += [page.rule(one) for one in (recognition or {"rules": ()})["rules"]]
    if seen["tenants"]:
        body.append(page.tenants(seen["tenants"]))
    if seen["history"]:
        body.append(page.history(seen["history"]))
    above = text(page.say("above", day=str(seen["on"])))
    return document(lang, str(seen["incubator"]["name"]), above, body, Links(other_language=other_language))


@cache
def _sentences() -> Mapping[str, Sentence]:
    return read_sentences(reference_path("incubators/sentences_incubator_page.csv"))


class _Page:
    """Sections in one language."""

    def __init__(self, lang: Language) -> None:
        self.at = int(lang == "en")

    def say(self, key: str, **figures: Any) -> str:
        return _sentences()[key].fill(figures)[self.at]

    def record(self, values: Mapping[str, Any]) -> str:
        rows = [[self.member("incubator", key), self.value(key, value)] for key, value in values.items()]
        return self._section("record", self.say("record"), ("member", "value"), rows)

    def figures(self, figures: Sequence[Mapping[str, Any]]) -> str:
        heads = [text(registry_sentences()[f"report.column.{key}"].fill({})[self.at])
                 for key in ("indicator", "value", "unit", "basis", "period")]  # fmt: skip
        rows = [
            [text(one["en" if self.at else "zh"]), self.number(one["value"]),
             self.registry(f"value.unit.{one['unit']}"), self.registry(f"basis.{one['basis']}"),
             text(str(one["on"]) if one["since"] is None else f"{one['since']} – {one['on']}")]
            for one in figures
        ]  # fmt: skip
        title = text(self.say("figures"))
        return section("figures", title, table(title, heads, rows, ("w", "n")))

    def rule(self, rule: Mapping[str, Any]) -> str:
        tier = next(one for one in recognition_rules().tiers if one.key == rule["tier"])
        title = self.say("recognition", tier=(tier.zh, tier.en))
        rows = []
        for clause in rule["clauses"]:
            tests = " ".join(str(one["text_en" if self.at else "text_zh"]) for one in clause["tests"])
            rows.append(
                [text(clause["en" if self.at else "zh"]), text(self.say(f"status.{clause['status']}")), text(tests)]
            )
        way = rule["way"]
        cost = "–" if way["cost_cny"] is None else f"{way['cost_cny']:,.0f}"
        steps = [text(one["text_en" if self.at else "text_zh"]) for one in (*way["changes"], *way["confirm"])]
        listed = "".join(f"<li>{one}</li>" for one in steps)
        said = text(self.say(f"way.{way['status']}", cost=cost))
        after = f"<p>{said}</p>" + (f"<ul>{listed}</ul>" if steps else "")
        return self._section(f"recognition-{rule['tier']}", title, ("clause", "status", "why"), rows, after)

    def tenants(self, tenants: Sequence[Mapping[str, Any]]) -> str:
        keys = ("tenant_id", "name", "entered_on", "exited_on")
        rows = [[self.value(key, one[key]) for key in keys] for one in tenants]
        title = text(self.say("tenants"))
        return section("tenants", title, table(title, [self.member("tenant", key) for key in keys], rows, ("", "w")))

    def history(self, history: Sequence[Mapping[str, Any]]) -> str:
        rows = []
        for one in history:
            parts = [
                self.say("change", member=record_fields(one["record"])[change["member"]].name,
                         before=self.plain(change["before"]), after=self.plain(change["after"]))
                for change in one["changed"]
            ]  # fmt: skip
            joined = ("; " if self.at else "；").join(parts) or self.say("first_version")
            shown = self.say("withdrawn") if one["withdrawn"] else joined
            at = dt.datetime.fromisoformat(str(one["at"])).astimezone(BEIJING)
            rows.append(
                [text(f"{at:%Y-%m-%d %H:%M:%S}"), text(one["key"]), text(one["by"]), text(one["why"]), text(shown)]
            )
        return self._section("history", self.say("history"), ("at", "member", "by", "why", "changed"), rows)

    def member(self, record: Record, key: str) -> str:
        return text(record_fields(record)[key].name[self.at])

    def value(self, key: str, value: Any) -> str:
        if key in NAMED and f"value.{key}.{value}" in registry_sentences():
            return self.registry(f"value.{key}.{value}")
        if key == "region" and value in areas():
            return text(areas()[value].en if self.at else areas()[value].zh)
        return text(self.plain(value))

    def plain(self, value: Any) -> str:
        if value is None:
            return "–"
        return self.say("yes" if value else "no") if isinstance(value, bool) else str(value)

    def number(self, value: float | None) -> str:
        return "–" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")

    def registry(self, key: str) -> str:
        known = registry_sentences()
        return text(known[key].fill({})[self.at] if key in known else key.rpartition(".")[2])

    def _section(self, name: str, title: str, heads: Sequence[str], rows: list[list[str]], after: str = "") -> str:
        shown = table(text(title), [text(self.say(one)) for one in heads], rows, ("w",) * len(heads))
        return section(name, text(title), shown, after)
