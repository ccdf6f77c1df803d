"""The page of a comparison: one HTML file that needs nothing else, from the result alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from experiments.compare.charts import Scale, interval_mark, lines, swatch
from experiments.compare.sentences import NAMES, decimals, number, signed
from experiments.reform.pages.style import style_sheet

SHOWN = 12  # runs of which each metric's interval is drawn; the table has them all
DRAWN = 6  # lines in one picture
WORDS = {
    "better": "better",
    "worse": "worse",
    "equivalent": "equivalent",
    "not_distinguishable": "not distinguishable",
}
PREDICTED = {"probability": ("mean predicted probability", "observed rate"), "points": ("points", "mean outcome")}


def page(result: Mapping[str, Any]) -> str:
    """The whole document, in UTF-8."""
    sections = [
        ("results", "Results", _results(result)),
        ("parameters", "Parameters that differ", _parameters(result)),
        ("figures", "Figures of each run", _figures(result)),
        ("curves", "Curves", _curves(result)),
        ("weights", "Weights side by side", _weights(result)),
        ("method", "How it was compared", _method(result)),
    ]
    shown = [(key, title, body) for key, title, body in sections if body]
    links = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in shown)
    body = "".join(f'<section id="{key}"><h2>{title}</h2>{text}</section>' for key, title, text in shown)
    count = len(result["runs"])
    title = f"Comparison of {count} runs"
    css = style_sheet() + (files("experiments.compare") / "page.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{css}</style></head><body>'
        f'<a class="skip" href="#results">Skip to the results</a>{_heading(result, title)}'
        f'<div class="wrap"><nav aria-label="Sections"><ol>{links}</ol></nav><main>{body}</main></div></body></html>\n'
    )


def _heading(result: Mapping[str, Any], title: str) -> str:
    rows, capability = result["rows"], result["runs"][0]["capability"] or result["rows"]["kind"]
    outcome = f"{rows['outcome_mean']:.1%} with the outcome" if rows["kind"] == "probability" else ""
    facts = [f"{rows['rows']:,} held-out rows", f"{rows['firms']:,} {_unit(result)}", outcome]
    return (
        f'<header class="top"><div class="wrap"><div class="kicker"><span>{escape(str(capability))}</span>'
        f"<span>{' · '.join(fact for fact in facts if fact)}</span></div><h1>{title}</h1>"
        f"<p>Each run beside the baseline <strong>{escape(_short(result['baseline']))}</strong>, on the same rows, "
        f"with intervals that resample {_unit(result)}.</p></div></header>"
    )


def _unit(result: Mapping[str, Any]) -> str:
    return "groups of queries" if result["rows"]["kind"] == "ranking" else "firms"


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


def _chip(verdict: str) -> str:
    return f'<span class="chip {verdict}">{WORDS[verdict]}</span>'


def _results(result: Mapping[str, Any]) -> str:
    many = len(result["runs"]) > 2
    return (_counts(result) if many else "") + "".join(_metric(result, metric) for metric in result["metrics"])


def _counts(result: Mapping[str, Any]) -> str:
    """How many runs have which result, by metric."""

    def cell(count: int) -> str:
        return f'<td class="{"some" if count else "none"}">{count}</td>'

    rows = [[NAMES[name], *(cell(of[verdict]) for verdict in WORDS)] for name, of in result["verdicts"].items()]
    text = f"<p>Of {len(result['runs']) - 1} runs beside the baseline, corrected over all runs and metrics:</p>"
    return text + _table(["metric", *(_chip(verdict) for verdict in WORDS)], rows, "counts")


def _metric(result: Mapping[str, Any], metric: Mapping[str, Any]) -> str:
    pairs = [one for one in result["comparisons"] if one["metric"] == metric["name"]]
    shown = sorted(pairs, key=lambda one: (one["p"], one["run"]))[:SHOWN] if len(pairs) > SHOWN else pairs
    ends = [end for one in shown for end in (one["gain"]["low"], one["gain"]["high"])]
    scale = Scale.of(ends, metric["margin"])
    aim = f"{metric['aim']} is better" if isinstance(metric["aim"], str) else f"best at {metric['aim']:g}"
    unit = f", in {metric['unit']}" if metric["unit"] else ""
    head = (
        f"<h3>{NAMES[metric['name']]} <small>{escape(metric['meaning'])} · {aim} · margin {metric['margin']:g}{unit}"
        "</small></h3>"
    )
    rest = (
        f'<p class="pair quiet">The {SHOWN} of {len(pairs)} runs with the smallest p-values; every run is in the table '
        "of figures.</p>"
    )
    return (
        f'<div class="metric">{head}{"".join(_pair(one, scale) for one in shown)}'
        f"{rest if len(pairs) > SHOWN else ''}</div>"
    )


def _pair(one: Mapping[str, Any], scale: Scale) -> str:
    gain = one["gain"]
    mark = interval_mark(
        scale, gain["estimate"], gain["low"], gain["high"], one["margin"], one["verdict"], one["sentence"]
    )
    axis = '<div class="axis"><span>← worse</span><span>better →</span></div>'
    return (
        f'<div class="pair"><div class="name">{_named(one["run"])}</div>'
        f"<div>{_chip(one['verdict'])}</div><div>{mark}{axis}</div><p>{escape(one['sentence'])}</p></div>"
    )


def _figures(result: Mapping[str, Any]) -> str:
    """Every run's value and interval, and the difference from the baseline; few runs are columns, many are rows."""
    pairs = {(one["run"], one["metric"]): one for one in result["comparisons"]}
    names, runs = [metric["name"] for metric in result["metrics"]], list(result["figures"])
    cells = {
        (run, name): _figure(result["figures"][run][name], pairs.get((run, name))) for run in runs for name in names
    }
    titles = {run: _named(run) + ("<br>(baseline)" if run == result["baseline"] else "") for run in runs}
    if len(runs) <= DRAWN:
        head = ["metric", *titles.values()]
        rows = [[NAMES[name], *(cells[run, name] for run in runs)] for name in names]
    else:
        head = ["run", *(NAMES[name] for name in names)]
        rows = [[titles[run], *(cells[run, name] for name in names)] for run in runs]
    level = f"{result['method']['level']:.0%}".replace("%", " %")
    note = f"Value, its own {level} interval, and the difference from the baseline with its result."
    return f'<p class="quiet">{note}</p>{_table(head, rows)}'


def _figure(one: Mapping[str, Any], pair: Mapping[str, Any] | None) -> str:
    digits = decimals(one["standard_error"])
    text = (
        f"{number(one['estimate'], digits)}"
        f'<br><span class="ci">{number(one["low"], digits)} … {number(one["high"], digits)}</span>'
    )
    if pair is None:
        return f'<td class="base">{text}</td>'
    moved = signed(pair["difference"]["estimate"], decimals(pair["difference"]["standard_error"]))
    kind = ' class="moved"' if pair["verdict"] in ("better", "worse") else ""
    return f'<td{kind}>{text}<br><span class="ci">{moved} · {WORDS[pair["verdict"]]}</span></td>'


def _parameters(result: Mapping[str, Any]) -> str:
    found, first = result["parameters"], result["baseline"]
    if not found:
        return "<p>None: the runs have the same parameters.</p>"
    if len(result["runs"]) <= SHOWN:
        head = ["parameter", *(escape(_short(run["name"])) for run in result["runs"])]
        rows = [
            [f"<code>{escape(name)}</code>", *(_value(of[run["name"]], of[first]) for run in result["runs"])]
            for name, of in found.items()
        ]
        return _table(head, rows)
    head = ["run", *(f"<code>{escape(name)}</code>" for name in found)]
    rows = [
        [escape(_short(run["name"])), *(_value(of[run["name"]], of[first]) for of in found.values())]
        for run in result["runs"]
    ]
    return _table(head, rows)


def _value(value: Any, base: Any) -> str:
    text = "–" if value is None else escape(str(value))
    return f"<td>{text}</td>" if value == base else f'<td class="moved">{text}</td>'


def _curves(result: Mapping[str, Any]) -> str:
    """Calibration and captured shares of the baseline and the first runs; empty where such rows have none."""
    runs = [run["name"] for run in result["runs"] if result["tenths"][run["name"]]][:DRAWN]
    if not runs:
        return ""
    kind = result["rows"]["kind"]
    legend = "".join(
        f"<li>{swatch(at)} {escape(_short(run))}{' (baseline)' if at == 0 else ''}</li>" for at, run in enumerate(runs)
    )
    tenths = {run: [(one["predicted"], one["observed"]) for one in result["tenths"][run]] for run in runs}
    whiskers = {run: [(one["predicted"], one["low"], one["high"]) for one in result["tenths"][run]] for run in runs}
    shares = ("%", "%") if kind == "probability" else ("", "")
    title = "Calibration, by tenths of the prediction" if kind == "probability" else "Outcome by tenths of the points"
    parts = [
        f"<figure><figcaption>{title}</figcaption>"
        f"{lines(tenths, whiskers, PREDICTED[kind], kind == 'probability', shares)}</figure>"
    ]
    captured = {run: result["captured"][run] for run in runs if result["captured"][run]}
    if captured:
        labels = ("share of the rows, largest predictions first", "share of the outcomes")
        parts.append(
            f"<figure><figcaption>Lift: outcomes among the largest predictions</figcaption>"
            f"{lines(captured, {}, labels, True)}</figure>"
        )
    rest = len(result["runs"]) - len(runs)
    note = f'<p class="quiet">The first {len(runs)} of {len(result["runs"])} runs.</p>' if rest > 0 else ""
    return f'<ul class="legend">{legend}</ul>{note}<div class="grid">{"".join(parts)}</div>'


def _weights(result: Mapping[str, Any]) -> str:
    """The most points of each indicator by stage and run, largest changes first; a fold for each stage."""
    folds = []
    runs = [run["name"] for run in result["runs"]][:SHOWN]
    for at, (stage, of) in enumerate(result["weights"].items()):
        known = [run for run in runs if any(run in points for points in of.values())]
        most = max((value for points in of.values() for value in points.values()), default=1.0) or 1.0
        order = sorted(of, key=lambda name, of=of, known=known: (-_spread(of[name], known), name))  # type: ignore[misc]
        rows = [
            [
                escape(name),
                *(_points(of[name].get(run), of[name].get(known[0]), most) for run in known),
                number(_spread(of[name], known), 1),
            ]
            for name in order
        ]
        head = ["indicator", *(escape(_short(run)) for run in known), "largest change"]
        folds.append(
            f"<details{' open' if at == 0 else ''}><summary>{escape(stage)}</summary>"
            f'<div class="fold">{_table(head, rows)}</div></details>'
        )
    note = '<p class="quiet">The most points that an indicator can earn on the card of each run.</p>'
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


def _method(result: Mapping[str, Any]) -> str:
    own, unit = result["method"], _unit(result)
    level, error = (f"{share:.0%}".replace("%", " %") for share in (own["level"], own["error"]))
    items = [
        f"All runs were tested on the same {result['rows']['rows']:,} rows of {result['rows']['firms']:,} {unit}; "
        f"{own['draws']:,} resamples of {unit}, with all their rows, are shared by every run.",
        f"The intervals are of {level} and uncorrected. The results are corrected by Holm's method over "
        f"{own['pairs']} pairs of run and metric: any wrong “better” or “worse” on the page has a probability of at "
        f"most {error}.",
        f"“Equivalent” means that the gain was shown to lie within the margin of <code>params.yaml</code> (two "
        f"one-sided tests at {error}, corrected likewise); the shaded band is the margin.",
        "A gain is oriented so that right is better; of a metric with a best value, it is how much nearer the run is.",
        "Stated numbers of firms rest on a normal approximation and on the difference seen.",
    ]
    if any(metric["name"] == "expected_profit" for metric in result["metrics"]):
        items.append(
            f"Expected profit: a loan earns {own['annual_rate']:.1%} a year and loses {own['lgd']:.1%} at default; "
            "lent is where the predicted PD earns more than it loses."
        )
    facts = [
        [
            _named(run["name"]),
            escape(str(run["capability"] or "–")),
            f"<code>{escape(_commit(run['git_commit']))}</code>",
            f"<code>{escape(str(run['data_sha256'] or '–')[:12])}</code>",
            _left_out(run["left_out"]),
        ]
        for run in result["runs"][: 4 * SHOWN]
    ]
    return (
        f'<ul class="notes">{"".join(f"<li>{item}</li>" for item in items)}</ul>'
        f"{_table(['run', 'capability', 'commit', 'data', 'rows left out'], facts)}"
    )


def _commit(commit: str | None) -> str:
    """The first digits, and whether tracked files differed."""
    return "–" if commit is None else commit[:10] + ("-dirty" if commit.endswith("-dirty") else "")


def _left_out(reasons: Mapping[str, int] | None) -> str:
    return ", ".join(f"{escape(reason)}: {count:,}" for reason, count in (reasons or {}).items()) or "none"
