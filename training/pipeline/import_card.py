"""A published weight table as a points card."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import typer

from data.codebook import read_codebook
from training.assembled import DERIVED, read_cases
from training.params import read_section
from training.pipeline.artifacts import console
from training.points.cards import import_card as card_of
from training.points.cards import official_cards, read_official_card
from training.points.fit import PointsParams


def import_card(
    source: str = typer.Argument(
        metavar="FILE", help=f"A weight table (YAML), or the name of one that ships: {', '.join(official_cards())}."
    ),
    out: Path = typer.Option(..., help="Where the card goes; a file that exists is kept and refused."),
    cases: Path = typer.Option(DERIVED / "vintages", help="Folder of the assembled cases whose firms are the peers."),
) -> None:
    """Check a published weight table against the codebook and write it as a points card.

    The peers are those of the trained card: the firms of the reference vintage. An indicator without a weight earns 0.
    """
    day, book = read_section("points", PointsParams).reference_vintage, read_codebook()
    try:
        if out.exists():
            raise FileExistsError(f"{out} exists; allowed: a new file")
        if not (cases / "cases.parquet").is_file():
            raise FileNotFoundError(
                f"{cases} holds no cases.parquet; the assemble stage writes it (dvc repro assemble)"
            )
        official = read_official_card(source if source in official_cards() else Path(source))
        card = card_of(official, read_cases(cases, pd.Timestamp(day)), book)
        card.save(out)
    except (ValueError, OSError) as fault:  # a CardError is a ValueError
        raise typer.BadParameter(str(fault)) from fault
    show = partial(console.print, highlight=False, soft_wrap=True)
    show(f"{official.name} ({official.status}): {official.title}", official.note.strip(), sep="\n")
    for stage, weights in card.weights.items():
        zero = [key for key, weight in weights.items() if weight == 0.0]
        show(
            f"{stage}: {card.peer_counts[f'peer:{stage}']} peers, {len(weights) - len(zero)} of {len(weights)} "
            f"indicators have a weight, {sum(weights.values()):g} points at full marks; "
            f"earn nothing: {', '.join(zero) or 'none'}"
        )
    if absent := sorted(set(book.stages) - set(card.weights)):
        show(f"no weights for {absent}: firms of these stages get no points")
    show(f"written to {out}; peers of {day}, reference {card.reference_version}")
