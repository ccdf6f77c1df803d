"""Scores and flags of nodes in words, for the pages."""

from __future__ import annotations

from collections.abc import Mapping

from data.texts.figures import write_figure
from models.chain.node_view import SCORES, Flag, Language, Score, say, templates

# How a score is written: a share of a whole, firms, or a ratio.
WRITTEN: Mapping[str, str] = {
    "supply": "tenths", "local_share": "share", "criticality": "share", "gap": "tenths",
}  # fmt: skip


def written(key: str | None, value: float | None, lang: Language) -> str:
    """A score's value as a person reads it; a dash where there is none."""
    return "–" if value is None else write_figure(WRITTEN.get(key or "", "hundredths"), value)[lang == "en"]


def code(value: str | None, lang: Language) -> str:
    """The name of a code as a score, a flag or a band; the code itself where it has none."""
    named = f"code.{value}"
    return "–" if value is None else say(lang, named) if named in templates() else value


def sample_unit(score: Score, lang: Language) -> str:
    """What the sample of a score is counted in; the score's basis itself where that has no text."""
    named = f"sample.{score.key}.{score.basis}"
    return say(lang, named) if named in templates() else code(score.basis, lang)


def ordered(scores: Mapping[str, Score]) -> list[Score]:
    """Scores in the order in which they are shown, unknown ones last."""
    known = [scores[key] for key in SCORES if key in scores]
    return known + [scores[key] for key in sorted(set(scores) - set(SCORES))]


def state(flag: Flag) -> str:
    """raised, raised_uncertain, not_raised, not_raised_uncertain or no_data."""
    if flag.raised is None:
        return "no_data"
    return ("raised" if flag.raised else "not_raised") + ("_uncertain" if flag.uncertain else "")


def flip(flag: Flag, lang: Language) -> str:
    """The least change that flips a flag, in words; empty where it is not known."""
    if flag.flip_count is None or flag.flip_unit is None:
        return ""
    named = f"flip.{'more' if flag.flip_count > 0 else 'fewer'}.{flag.flip_unit}"
    return (
        say(lang, named, count=abs(flag.flip_count))
        if named in templates()
        else f"{flag.flip_count:+d} {flag.flip_unit}"
    )
