"""The pages of a comparison: HTML files that need nothing else, in Chinese and in English, from the result alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from experiments.compare.charts import Scale, interval_mark, lines, swatch
from experiments.compare.sentences import decimals, number, signed
from experiments.compare.words import Language, Words, percent, text
from experiments.reform.pages.style import style_sheet

SHOWN = 12  # runs of which each metric's interval is drawn; the table has them all
DRAWN = 6  # lines in one picture
RESULTS = ("better", "worse", "equivalent", "not_distinguishable")
HEAD = ("run.column", "method.capability", "method.commit", "method.data", "method.left_out")
PREDICTED = {"probability": ("predicted", "observed"), "points": ("points_axis", "outcome")}


def file_name(language: Language) -> str:
    """The name of a page's file."""
    return f"comparison.{language}.html"


def page(result: Mapping[str, Any], language: Language) -> str:
    """The whole document, in UTF-8."""
    words = Words(language)
    made = {
        "results": _results(result, words),
        "parameters": _parameters(result, words),
        "figures": _figures(result, words),
        "curves": _curves(result, words),
        "weights": _weights(result, words),
        "method": _method(result, words),
    }
    shown = {key: body for key, body in made.items() if body}
    titles = {key: words.say(f"section.{key}") for key in shown}
    links = "".join(f'<li><a href="#{key}">{titles[key]}</a></li>' for key in shown)
    body = "".join(f'<section id="{key}"><h2>{titles[key]}</h2>{text}</section>' for key, text in shown.items())
    title = words.say("title", count=str(len(result["runs"])))
    css = style_sheet() + (files("experiments.compare") / "page.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<title>{title}</title><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{css}</style></head><body>"
        f'<a class="skip" href="#results">{words.say("skip")}</a>{_heading(result, title, words)}'
        f'<div class="wrap"><nav aria-label="{words.say("contents")}"><ol>{links}</ol></nav><main>{body}</main></div>'
        "</body></html>\n"
    )


def _heading(result: Mapping[str, Any], title: str, words: Words) -> str:
    rows, capability = result["rows"], result["runs"][0]["capability"] or result["rows"]["kind"]
    unit = _unit(result, words)
    other: Language = "en" if words.language == "zh" else "zh"
    facts = [
        words.say("heading.rows", rows=f"{rows['rows']:,}"),
        words.say("heading.firms", firms=f"{rows['firms']:,}", unit=unit),
    ]
    if rows["kind"] == "probability":
        facts.append(words.say("heading.outcome", share=f"{rows['outcome_mean']:.1%}"))
    text = words.say("heading.text", baseline=f"<strong>{escape(_short(result['baseline']))}</strong>", unit=unit)
    return (
        f'<header class="top"><div class="wrap"><div class="kicker"><span>{words.name("capability", str(capability))}'
        f'</span><span>{" · ".join(facts)}</span><a class="lang" href="{file_name(other)}">'
        f"{words.say('other_language')}</a></div><h1>{title}</h1><p>{text}</p></div></header>"
    )


def _unit(result: Mapping[str, Any], words: Words) -> str:
    return words.say(f"unit_of_rows.{'queries' if result['rows']['kind'] == 'ranking' else 'firms'}")


def _short(name: str) -> str:
    """An id of MLflow by its first digits, and of a path its last part."""
    last = name.rstrip("/").rsplit("/", 1)[-1]
    return last[:10] if len(last) == 32 and all(one in "0123456789abcdef" for one in last) else last


def _named(run: str) -> str:
    """The short name, with the whole one as its hint."""
    return f'<span title="{escape(run, quote=True)}">{escape(_short(run))}</span>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Cells are HTML; those that begin with ``<td`` are taken as they are."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(
        "<tr>"
        + f"<th>{row[0]}</th>"
        + "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table class="{kind}"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _chip(verdict: str, words: Words) -> str:
    return f'<span class="chip {verdict}">{words.say(f"verdict.{verdict}")}</span>'


def _results(result: Mapping[str, Any], words: Words) -> str:
    many = len(result["runs"]) > 2
    shown = "".join(_metric(result, metric, words) for metric in result["metrics"])
    note = f'<p class="quiet">{words.say("results.looks")}</p>'
    return note + (_counts(result, words) if many else "") + shown


def _counts(result: Mapping[str, Any], words: Words) -> str:
    """How many runs have which result, by metric."""

    def cell(count: int) -> str:
        return f'<td class="{"some" if count else "none"}">{count}</td>'

    rows = [
        [words.say(f"metric.{name}"), *(cell(of[verdict]) for verdict in RESULTS)]
        for name, of in result["verdicts"].items()
    ]
    text = words.say("counts.text", count=str(len(result["runs"]) - 1))
    head = [words.say("metric.column"), *(_chip(verdict, words) for verdict in RESULTS)]
    return f"<p>{text}</p>" + _table(head, rows, "counts")


def _metric(result: Mapping[str, Any], metric: Mapping[str, Any], words: Words) -> str:
    pairs = [one for one in result["comparisons"] if one["metric"] == metric["name"]]
    shown = sorted(pairs, key=lambda one: (one["p"], one["run"]))[:SHOWN] if len(pairs) > SHOWN else pairs
    ends = [end for one in shown for end in (one["gain"]["low"], one["gain"]["high"])]
    scale = Scale.of(ends, metric["margin"])
    named = isinstance(metric["aim"], str)
    aim = words.say(f"aim.{metric['aim']}") if named else words.say("aim.value", aim=f"{metric['aim']:g}")
    facts = {"meaning": words.say(f"meaning.{metric['name']}"), "aim": aim, "margin": f"{metric['margin']:g}"}
    if metric["unit"]:
        about = words.say("metric.margin_in", **facts, unit=words.say(f"unit.{metric['name']}"))
    else:
        about = words.say("metric.margin", **facts)
    rest = words.say("metric.rest", shown=str(SHOWN), all=str(len(pairs)))
    return (
        f'<div class="metric"><h3>{words.say("metric." + metric["name"])} <small>{about}</small></h3>'
        f"{''.join(_pair(one, scale, words) for one in shown)}"
        f"{f'<p class=rest>{rest}</p>' if len(pairs) > SHOWN else ''}</div>"
    )


def _pair(one: Mapping[str, Any], scale: Scale, words: Words) -> str:
    gain, sentence = one["gain"], words.of((one["sentence_zh"], one["sentence"]))
    mark = interval_mark(scale, gain["estimate"], gain["low"], gain["high"], one["margin"], one["verdict"], sentence)
    axis = f'<div class="axis"><span>{words.say("axis.worse")}</span><span>{words.say("axis.better")}</span></div>'
    return (
        f'<div class="pair"><div class="name">{_named(one["run"])}</div>'
        f"<div>{_chip(one['verdict'], words)}</div><div>{mark}{axis}</div><p>{escape(sentence)}</p></div>"
    )


def _figures(result: Mapping[str, Any], words: Words) -> str:
    """Every run's value and interval, and the difference from the baseline; few runs are columns, many are rows."""
    pairs = {(one["run"], one["metric"]): one for one in result["comparisons"]}
    names, runs = [metric["name"] for metric in result["metrics"]], list(result["figures"])
    cells = {
        (run, name): _figure(result["figures"][run][name], pairs.get((run, name)), words)
        for run in runs
        for name in names
    }
    base = f"<br>{words.say('baseline')}"
    titles = {run: _named(run) + (base if run == result["baseline"] else "") for run in runs}
    metrics = {name: words.say(f"metric.{name}") for name in names}
    if len(runs) <= DRAWN:
        head = [words.say("metric.column"), *titles.values()]
        rows = [[metrics[name], *(cells[run, name] for run in runs)] for name in names]
    else:
        head = [words.say("run.column"), *metrics.values()]
        rows = [[titles[run], *(cells[run, name] for name in names)] for run in runs]
    note = words.say("figures.note", level=percent(result["method"]["level"]))
    return f'<p class="quiet">{note}</p>{_table(head, rows)}'


def _figure(one: Mapping[str, Any], pair: Mapping[str, Any] | None, words: Words) -> str:
    digits = decimals(one["standard_error"])
    text = (
        f"{number(one['estimate'], digits)}"
        f'<div class="ci">{number(one["low"], digits)} … {number(one["high"], digits)}</div>'
    )
    if pair is None:
        return f'<td class="base">{text}</td>'
    moved = signed(pair["difference"]["estimate"], decimals(pair["difference"]["standard_error"]))
    kind = ' class="moved"' if pair["verdict"] in ("better", "worse") else ""
    return f'<td{kind}>{text}<div class="ci">{moved} · {words.say("verdict." + pair["verdict"])}</div></td>'


def _parameters(result: Mapping[str, Any], words: Words) -> str:
    found, first = result["parameters"], result["baseline"]
    if not found:
        return f"<p>{words.say('parameters.none')}</p>"
    if len(result["runs"]) <= SHOWN:
        head = [words.say("parameters.column"), *(escape(_short(run["name"])) for run in result["runs"])]
        rows = [
            [f"<code>{escape(name)}</code>", *(_value(of[run["name"]], of[first]) for run in result["runs"])]
            for name, of in found.items()
        ]
        return _table(head, rows)
    head = [words.say("run.column"), *(f"<code>{escape(name)}</code>" for name in found)]
    rows = [
        [escape(_short(run["name"])), *(_value(of[run["name"]], of[first]) for of in found.values())]
        for run in result["runs"]
    ]
    return _table(head, rows)


def _value(value: Any, base: Any) -> str:
    text = "–" if value is None else escape(str(value))
    return f"<td>{text}</td>" if value == base else f'<td class="moved">{text}</td>'


def _curves(result: Mapping[str, Any], words: Words) -> str:
    """Calibration and captured shares of the baseline and the first runs; empty where such rows have none."""
    runs = [run["name"] for run in result["runs"] if result["tenths"][run["name"]]][:DRAWN]
    if not runs:
        return ""
    kind = result["rows"]["kind"]
    base = f" {words.say('baseline')}"
    legend = "".join(
        f"<li>{swatch(at)} {escape(_short(run))}{base if at == 0 else ''}</li>" for at, run in enumerate(runs)
    )
    tenths = {run: [(one["predicted"], one["observed"]) for one in result["tenths"][run]] for run in runs}
    whiskers = {run: [(one["predicted"], one["low"], one["high"]) for one in result["tenths"][run]] for run in runs}
    shares = ("%", "%") if kind == "probability" else ("", "")
    below, beside = (words.of(text(f"curves.{name}")) for name in PREDICTED[kind])
    title = words.say("curves.calibration" if kind == "probability" else "curves.points")
    parts = [
        f"<figure><figcaption>{title}</figcaption>"
        f"{lines(tenths, whiskers, (below, beside), kind == 'probability', shares)}</figure>"
    ]
    captured = {run: result["captured"][run] for run in runs if result["captured"][run]}
    if captured:
        labels = words.of(text("curves.captured_rows")), words.of(text("curves.captured"))
        parts.append(
            f"<figure><figcaption>{words.say('curves.lift')}</figcaption>{lines(captured, {}, labels, True)}</figure>"
        )
    rest = words.say("curves.rest", shown=str(len(runs)), all=str(len(result["runs"])))
    note = f'<p class="quiet">{rest}</p>' if len(result["runs"]) > len(runs) else ""
    return f'<ul class="legend">{legend}</ul>{note}<div class="grid">{"".join(parts)}</div>'


def _weights(result: Mapping[str, Any], words: Words) -> str:
    """Full marks of each indicator by stage and run, largest changes first; a fold for each stage."""
    folds = []
    runs = [run["name"] for run in result["runs"]][:SHOWN]
    for at, (stage, of) in enumerate(result["weights"].items()):
        known = [run for run in runs if any(run in points for points in of.values())]
        most = max((value for points in of.values() for value in points.values()), default=1.0) or 1.0
        order = sorted(of, key=lambda name, of=of, known=known: (-_spread(of[name], known), name))  # type: ignore[misc]
        rows = [
            [
                words.name("indicator", name),
                *(_points(of[name].get(run), of[name].get(known[0]), most) for run in known),
                number(_spread(of[name], known), 1),
            ]
            for name in order
        ]
        head = [words.say("weights.indicator"), *(escape(_short(run)) for run in known), words.say("weights.change")]
        folds.append(
            f"<details{' open' if at == 0 else ''}><summary>{words.name('stage', stage)}</summary>"
            f'<div class="fold">{_table(head, rows)}</div></details>'
        )
    note = f'<p class="quiet">{words.say("weights.note")}</p>'
    return note + "".join(folds) if folds else ""


def _spread(points: Mapping[str, float], runs: Sequence[str]) -> float:
    known = [points.get(run, 0.0) for run in runs]
    return max(known) - min(known)


def _points(value: float | None, base: float | None, most: float) -> str:
    if value is None:
        return "<td>–</td>"
    kind = "" if base is not None and abs(value - base) < 0.05 else ' class="moved"'
    bar = f'<span class="bar" style="width:{60 * value / most:.0f}px"></span>'
    return f"<td{kind}>{bar} {number(value, 1)}</td>"


def _method(result: Mapping[str, Any], words: Words) -> str:
    own, unit = result["method"], _unit(result, words)
    level, error = percent(own["level"]), percent(own["error"])
    sizes = {"rows": f"{result['rows']['rows']:,}", "firms": f"{result['rows']['firms']:,}"}
    items = [
        words.say("method.rows", **sizes, unit=unit, draws=f"{own['draws']:,}"),
        words.say("method.holm", level=level, pairs=str(own["pairs"]), error=error),
        words.say("method.equivalent", error=error),
        words.say("method.gain"),
        words.say("method.firms"),
    ]
    if any(metric["name"] == "expected_profit" for metric in result["metrics"]):
        items.append(words.say("method.profit", rate=f"{own['annual_rate']:.1%}", lgd=f"{own['lgd']:.1%}"))
    facts = [
        [
            _named(run["name"]),
            words.name("capability", str(run["capability"] or "–")),
            f"<code>{escape(_commit(run['git_commit']))}</code>",
            f"<code>{escape(str(run['data_sha256'] or '–')[:12])}</code>",
            _left_out(run["left_out"], words),
        ]
        for run in result["runs"][: 4 * SHOWN]
    ]
    return (
        f'<ul class="notes">{"".join(f"<li>{item}</li>" for item in items)}</ul>'
        f"{_table([words.say(key) for key in HEAD], facts)}"
    )


def _commit(commit: str | None) -> str:
    """The first digits, and whether tracked files differed."""
    return "–" if commit is None else commit[:10] + ("-dirty" if commit.endswith("-dirty") else "")


def _left_out(reasons: Mapping[str, int] | None, words: Words) -> str:
    found = ", ".join(f"{words.left_out(reason)}: {count:,}" for reason, count in (reasons or {}).items())
    return found or words.say("method.none")
