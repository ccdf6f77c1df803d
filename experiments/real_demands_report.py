"""The README of experiment 0004 and its tables, written from its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.real_demands_pictures import LOOK, draw

NAMES: Mapping[str, str] = {
    "need_to_firm_by_patents_zh": "patent need to firm",
    "paper_motivation_to_method_zh": "motivation to method",
    "product_to_firm_zh": "product to firm",
    "activity_to_class_gb4754_zh": "activity to class",
    "patent_problem_to_solution_zh": "problem to solution",
    "patent_title_to_abstract_zh": "title to abstract",
    "chinaxiv_purpose_to_rest_zh": "purpose to rest (ChinaXiv)",
    "csl_purpose_to_rest_zh": "purpose to rest (CSL)",
    "csl_keywords_to_abstract_zh": "key words to abstract",
    "sbir_topic_to_award_en": "US topic to award (English)",
}
FEW_WORDS = 0.35  # mean share of character pairs; below it words carry little
LESS = -0.01  # nDCG that counts as a loss


def write_report(metrics: Mapping[str, Any], out: Path) -> None:
    """Pictures and tasks.csv, abstention.csv in ``out``; README.md in its parent folder."""
    names = {task: NAMES.get(task, task) for task in metrics["tasks"]}
    draw(metrics, names, out)
    _tasks_table(metrics).to_csv(out / "tasks.csv", index=False, float_format="%.4f")
    _abstention_table(metrics).to_csv(out / "abstention.csv", index=False, float_format="%.4f")
    (out.parent / "README.md").write_text(_text(metrics, names, out.name), encoding="utf-8")


def _tasks_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for task, one in metrics["tasks"].items():
        for name in ("ours", *metrics["peers"]):
            gain = one["gain"]["over"].get(name, {})
            rows.append(
                {
                    "task": task,
                    "queries": one["queries"],
                    "candidates": one["candidates"],
                    "shared_pairs": one["shared_pairs"],
                    "ranker": name,
                    "ndcg_10": one["ndcg_10"][name],
                    "pair_accuracy": one["pair_accuracy"][name],
                    **{f"ours_less_this_{part}": gain.get(part) for part in ("mean", "low", "high")},
                }
            )
    return pd.DataFrame(rows)


def _abstention_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for task, one in (("all", {"abstention": metrics["abstention"]}), *metrics["tasks"].items()):
        for rate, found in one["abstention"].items():
            rows += [{"task": task, "promised": rate, "case": case, **figures} for case, figures in found.items()]
    return pd.DataFrame(rows)


def _text(metrics: Mapping[str, Any], names: Mapping[str, str], results: str) -> str:
    tasks, calibration = metrics["tasks"], metrics["calibration"]
    gains = {task: one["gain"]["over_best"] for task, one in tasks.items()}
    above = [task for task, gain in gains.items() if gain["low"] > 0]
    lost = [task for task, gain in gains.items() if gain["high"] < LESS]
    few = [task for task, one in tasks.items() if one["shared_pairs"] < FEW_WORDS]
    slopes = {task: one["calibration"]["slope"] for task, one in tasks.items()}
    off = [
        task for task, slope in slopes.items() if slope["low"] is not None and not slope["low"] <= 1 <= slope["high"]
    ]
    return f"""# 0004: does matching find what a demand needs, in real text?

Written by `python -m experiments real-demands --data FOLDER --model DIR` from the record of
`python -m experiments bench matching`; no figure here was typed by hand.

## Question

A demand in its own words and a library of firms or documents: does our order show what answers it nearer the top than
word search, a sentence encoder or their fusion? Is the probability of the first shown calibrated, and is it known when
nothing should be proposed?

## Data

FOLDER holds {len(tasks)} retrieval tasks on real text with {metrics["queries"]:,} queries of the split {metrics["split"]}. There is no published benchmark from
technology demands to suppliers: each task is a substitute for one. Texts stay outside the repository, and this folder has
figures alone. The command also writes examples, right and wrong, to a file that git ignores.
Encoder: {metrics["encoder"] or "none"}. Order, probabilities and thresholds are fitted on the dev splits: one model for all tasks.

## Expected before running

Above the best of the peers with the whole paired 90 % interval on at least seven of ten tasks, and on all where few words
are shared; a loss wholly below {LESS} nowhere; an expected calibration error of at most 0.05; promised error rates kept.

## Result

nDCG@10; peers in the same run; the best peer is chosen on the same queries; intervals by resampled groups of queries.
Shared: mean share of a query's character pairs that its relevant documents repeat.

| task | queries | candidates | shared | ours | best peer | | ours less the best peer |
|---|---|---|---|---|---|---|---|
{_lines(_task_row(names[task], one) for task, one in tasks.items())}

Above the best peer with the whole interval: **{len(above)} of {len(tasks)}**{_named(set(tasks) - set(above), names, "; not")}.
Where few words are shared (below {FEW_WORDS}): {len(set(few) & set(above))} of {len(few)}. Losses wholly below {LESS}: {len(lost)}{_named(lost, names)}.

![nDCG]({results}/ndcg.png)

![Where few words are shared]({results}/shared_words.png)

Every peer with its interval: `{results}/tasks.csv`, with the accuracy of pairs at drawn negatives 1 : 1, the figure that
pair classifiers report and an easy one.

## Wording that no training text has

A query counts as unseen when its first 30 characters occur in no text of any train split.

| task | unseen queries | ours | best peer | | ours less the best peer |
|---|---|---|---|---|---|
{_lines(_some_row(names[task], one["unseen_wording"]) for task, one in tasks.items())}
{_some_row("all queries", metrics["unseen_wording"])}

## Another language

No task has demands in English and answers in Chinese. Nearest in the tasks: queries with more Latin letters than Chinese
characters whose relevant documents are Chinese. They are mostly names and abbreviations.

| | queries | ours | best peer | | ours less the best peer |
|---|---|---|---|---|---|
{_some_row("Latin letters, Chinese documents", metrics["across_languages"])}

{_languages(metrics["languages"])}
## Probabilities

First shown, all tasks: expected calibration error {calibration["ece"]:.3f}, slope {_interval(calibration["slope"])}, Brier score {calibration["brier"]:.3f}, better than the
base rate's by {_interval(calibration["base_rate_gain"])}. The slope's 90 % interval leaves out 1 in {len(off)} of {len(tasks)} tasks{_named(off, names)}.

![Reliability]({results}/reliability.png)

![Reliability by task]({results}/reliability_tasks.png)

## When nothing is proposed

Answered: proposed at a threshold chosen on dev for a promised error. Error: no relevant firm among the first three.

| promised | suppliers | error | answered | error, TF-IDF | answered, TF-IDF |
|---|---|---|---|---|---|
{_lines(_promise_rows(metrics["abstention"]))}

![Coverage and error]({results}/abstention.png)

By task: `{results}/abstention.csv`. A promise is made for all tasks together and tested on each on dev; on the split
{metrics["split"]} the error of one task is above it here: {_above(metrics, names)}

## What this can and cannot prove

These tasks show that the order is better than its peers on text like theirs, with one model and no setting by task. They
do not show that a firm found would have solved the demand: relevance is an applicant, a product, a paper's other half.
Another firm may serve as well and counts as wrong. In the task from a patent's need to its firm nearly all distractors
have one patent and applicants often several, so a part of that gain comes from the form of the data.

## Decision

The fitted order, its probabilities and abstention are used as they are. Promised rates are stated for all tasks together
and by task where they fail.

## Revisit if

Outcomes of real match events can be had: a few hundred demands with what came of them.
"""


def _lines(rows: Any) -> str:
    return "\n".join(rows)


def _named(tasks: Any, names: Mapping[str, str], lead: str = ":") -> str:
    found = [names[task] for task in names if task in tasks]
    return f"{lead} {', '.join(found)}" if found else ""


def _interval(one: Mapping[str, Any]) -> str:
    if one["mean"] is None or one["low"] is None:
        return "—"
    return f"{one['mean']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


def _task_row(name: str, one: Mapping[str, Any]) -> str:
    gain = one["gain"]
    best = gain["best_peer"]
    return (
        f"| {name} | {one['queries']:,} | {one['candidates']:,} | {one['shared_pairs']:.2f} | "
        f"{one['ndcg_10']['ours']:.3f} | {one['ndcg_10'][best]:.3f} | {LOOK[best][0]} | {_interval(gain['over_best'])} |"
    )


def _some_row(name: str, some: Mapping[str, Any]) -> str:
    if not some["gain"]:
        return f"| {name} | 0 | — | — | — | — |"
    best = some["gain"]["best_peer"]
    return (
        f"| {name} | {some['queries']:,} | {some['ndcg_10']['ours']:.3f} | {some['ndcg_10'][best]:.3f} "
        f"| {LOOK[best][0]} | {_interval(some['gain']['over_best'])} |"
    )


def _languages(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    rows = []
    for language in ("chinese", "english"):
        one = found[language]
        best = one["gain"]["best_peer"]
        rows.append(
            f"| {language.title()} | {one['figures']['ours']['ndcg_10']:.3f} | {one['figures'][best]['ndcg_10']:.3f} "
            f"| {LOOK[best][0]} | {_interval(one['gain']['over_best'])} | {one['first_relevant']:.2f} "
            f"| {one['mean_probability']:.2f} |"
        )
    answered = {rate: one["coverage"] for rate, one in found["english"]["abstention"].items()}
    shown = ", ".join(f"{share:.1%} at a promised {rate}" for rate, share in answered.items())
    return f"""Planted: {found["demands"]} demands of the synthetic cohort, each in Chinese and in English, against the same {found["firms"]} firms with Chinese documents
alone. They measure the generator, which has one English sentence a technology.

| demands in | ours | best peer | | ours less the best peer | first relevant | mean probability |
|---|---|---|---|---|---|---|
{_lines(rows)}

In English less in Chinese, the same demands: {_interval(found["english_less_chinese"])}. Demands in English that are answered: {shown}.

"""


def _promise_rows(promises: Mapping[str, Any]) -> list[str]:
    rows = []
    for rate, found in promises.items():
        for case, title in (("all_suppliers", "all"), ("suppliers_removed", "removed for part")):
            peer = found.get(f"tfidf_{case}")
            theirs = f"{_error(peer)} | {peer['coverage']:.1%}" if peer else "— | —"
            rows.append(f"| {rate} | {title} | {_error(found[case])} | {found[case]['coverage']:.1%} | {theirs} |")
    return rows


def _error(one: Mapping[str, Any]) -> str:
    return f"{one['error']:.3f} ± {one['standard_error']:.3f}" if one["answered"] else "—"


def _above(metrics: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Tasks whose error is above a promise, by any amount."""
    found: Sequence[str] = [
        f"{names[task]} at {rate}: {_error(one['ours'])}, {one['ours']['answered']} answered"
        for task, figures in metrics["tasks"].items()
        for rate, one in figures["abstention"].items()
        if one["ours"]["error"] > float(rate)
    ]
    return f"{'; '.join(found)}." if found else "none."
