"""Placement of the zone's firms, patents, products, occupations and demands on the nodes of its chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from data.chain.chain_file import ChainError, load_chains
from data.chain.tree import Chain
from data.code_version import source_digest
from data.codebook import reference_path
from data.matching import Demand, from_table
from data.splits import enterprise_share
from features.chain import (
    codes_of,
    demand_passages,
    firm_passages,
    occupation_passages,
    patent_passages,
    product_passages,
)
from features.text import EncoderError, TextEncoder
from models.chain.corrections import CorrectionError, labels_of
from models.chain.hierarchy import SEPARATOR, Tree
from models.chain.items import Items, ItemsError, cards_of_chains, make_items
from models.chain.placement import Placements, Placer
from models.chain.scores import ScoreParams
from models.matching.answer import demand_text
from models.matching.query_vectors import QueryVectors, QueryVectorsError
from training.chain.confirmed import confirmed_labels, with_confirmed
from training.chain.evaluate import answer_figures
from training.chain.fit import FittedPlacer, fit_placer
from training.chain.params import PlacementParams
from training.chain.tested_rows import placement_rows
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, console, stop, write_json
from training.pipeline.tracked import PackedFiles, Scored, track_tested
from training.run_rows import EvaluationRows

DERIVED, OUT, ENCODER = Path("data/derived/chain"), ARTIFACTS / "chain", ARTIFACTS / "matching" / "encoder"
DEMANDS, DEMAND_VECTORS = Path("data/derived/matching/demands.parquet"), ARTIFACTS / "matching" / "demands"
TABLES = ("documents", "patents", "product_links", "staff", "confirmed_placements")
EXAMPLES = 5  # texts of the tracked model's signature
TEST_SHARE = 0.25  # of the firms that a person confirmed
MODEL, VECTORS, PLACEMENTS, FIRMS_BY_DAY = "model", "vectors", "placements.parquet", "firm_placements.parquet"
COLUMNS = ["kind", "item_id", "chain_id", "node_id", "probability", "band", "is_parent", "evidence", "document_id",
           "passage", "corrected", "as_of"]  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """One kind of items with their passages, whose dates say from when a placement is known."""

    kind: str
    items: Items
    passages: pd.DataFrame


def chain_placement(
    events: Annotated[
        str | None, typer.Option(help="The service's event store, whose corrections are learned from too.")
    ] = None,
) -> None:
    """Fit on firms that a person confirmed, then place every item of the other kinds too; write model and tables.

    Firms are placed once more for every day of chain_scores.days, by what was written up to that day.
    Figures are of confirmed firms that the fit has not seen. What a person confirmed or corrected overrides the model.
    """
    params = read_section("chain_placement", PlacementParams)
    try:
        chains = load_chains(reference_path("chains"))
        tables = {name: pd.read_parquet(DERIVED / f"{name}.parquet") for name in TABLES}
        tables["demands"] = pd.read_parquet(DEMANDS)
        encoder = TextEncoder.load(ENCODER, params.threads)
        vectors = known_vectors(encoder.digest)
        corrections = None if events is None else read_corrections(events)
        kinds = read_items(tables, encoder, vectors)
        fitted, tested, truth = fit(
            chains, kinds[0].items, tables["confirmed_placements"], corrections, encoder, params
        )
    except (ChainError, EncoderError, ItemsError, CorrectionError, QueryVectorsError, OSError) as fault:
        stop(fault)
    fitted.placer.save(OUT / MODEL)
    vectors.save(OUT / VECTORS)
    parts = [place_kind(fitted.placer, one) for one in kinds]
    test = answer_figures(tested, truth)
    metrics = {"caveat": CAVEAT, "fit": fitted.report, "test": test, "answers": counts(parts)}
    table = pd.concat(parts, ignore_index=True)
    first = kinds[0].passages.groupby("item_id")["date"].min()
    table = with_confirmed(table, tables["confirmed_placements"], first, corrections)
    table[COLUMNS].to_parquet(OUT / PLACEMENTS, index=False)
    days = read_section("chain_scores", ScoreParams).days
    dated = [firms_on(pd.Timestamp(day), fitted.placer, tables, encoder, vectors, corrections) for day in days]
    filled = [part for part in dated if len(part)] or dated[:1]  # an empty one has columns of no type
    pd.concat(filled, ignore_index=True).to_parquet(OUT / FIRMS_BY_DAY, index=False)
    write_json(OUT / "metrics.json", metrics)
    log_run(params, fitted, test, placement_rows(tested, truth), list(kinds[0].items.text[:EXAMPLES]))
    console.print(f"hierarchical F1 of test firms {test['hierarchical_f1']:.3f}, bands {test['bands']}", markup=False)


def log_run(
    params: PlacementParams,
    fitted: FittedPlacer,
    test: Mapping[str, Any],
    tested: EvaluationRows,
    examples: Sequence[str],
) -> None:
    """One run with the model and its files; figures of test firms, and those of held-out folds below ``fit``.

    examples : texts that show what the model takes
    """
    named = {f"test.{name}": value for name, value in test.items()} | {
        f"fit.{name}": value for name, value in (fitted.report | fitted.report["thresholds"]).items()
    }
    for one in test["bands"]:
        parent = ".parent" if one["is_parent"] else ""
        named |= {f"test.{one['band']}{parent}.{name}": one[name] for name in ("answers", "error_share")}
    numbers = {name: float(value) for name, value in named.items() if isinstance(value, Real)}
    inputs = [*(DERIVED / f"{name}.parquet" for name in TABLES), DEMANDS]
    files = [path for path in sorted((OUT / MODEL).iterdir()) if path.is_file()]
    model = Scored(PackedFiles({MODEL: OUT / MODEL, "encoder": ENCODER}, place_texts))
    example = pd.DataFrame({"text": list(examples)})
    track_tested("chain_placement", params, numbers, inputs, files, model, example, tested)


def place_texts(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """The likeliest answer for each ``text``: node (chain and node), probability and band, by the model in ``folder``.

    A text that no node is a candidate for has an empty node and band, and no probability.
    """
    placer, encoder = Placer.load(folder / MODEL), TextEncoder.load(folder / "encoder")
    placer.check_encoder(encoder.digest)
    names = [f"{number:06d}" for number in range(len(frame))]
    items = make_items(pd.DataFrame({"item_id": names, "text": frame["text"].astype(str).to_numpy()}), encoder)
    answers = placer.place(items).answers.drop_duplicates("item_id").set_index("item_id").reindex(names)
    found = answers[["node_id", "probability", "band"]].rename(columns={"node_id": "node"})
    return found.fillna({"node": "", "band": ""}).reset_index(drop=True)


def known_vectors(encoder_digest: str) -> QueryVectors:
    """Vectors of the last run and those of the demands on file, so that only new texts are encoded."""
    kept = [QueryVectors.load(folder, encoder_digest) for folder in (DEMAND_VECTORS, OUT / VECTORS)]
    return QueryVectors(encoder_digest, kept[0].vectors | kept[1].vectors)


def read_corrections(events: str) -> pd.DataFrame:
    """Corrections that the service kept; raises typer.BadParameter for a store that is not there."""
    from data.chain.corrections import correction_table
    from data.events import EventStore, EventStoreError

    try:
        store = EventStore(events, must_exist=True)
        found = correction_table(store)
        store.close()
    except EventStoreError as fault:
        raise typer.BadParameter(str(fault), param_hint="--events") from fault
    return found


def read_items(tables: Mapping[str, pd.DataFrame], encoder: TextEncoder, vectors: QueryVectors) -> list[Placed]:
    """Items of every kind, firms first; texts that have no vector yet are encoded."""
    documents, patents = tables["documents"], tables["patents"]
    of_patents = codes_of(patents["publication_number"], [None] * len(patents), patents["ipc"])
    day = documents["date"].min()
    demands = from_table(tables["demands"], Demand)
    passages = {
        "firm": (firm_passages(documents, patents), firm_codes(documents, patents)),
        "patent": (patent_passages(patents), of_patents),
        "product": (product_passages(tables["product_links"], day), {}),
        "staff": (occupation_passages(tables["staff"]), {}),
        "demand": (
            demand_passages(
                [one.demand_id for one in demands],
                [demand_text(one) for one in demands],
                [one.as_of for one in demands],
            ),
            {},
        ),
    }
    made: list[Placed] = []
    for kind, (rows, codes) in passages.items():
        console.print(f"{kind}: {len(rows)} passages")
        if not len(rows) and made:
            continue  # a table that nobody brought
        items = make_items(rows, vectors=vectors.encode(rows["text"].tolist(), encoder), codes=codes)
        made.append(Placed(kind, items, rows))
    return made


def firm_codes(documents: pd.DataFrame, patents: pd.DataFrame) -> Mapping[str, Any]:
    """Codes of every firm, of its documents and of the patents that it applied for."""
    held = patents.assign(firm=patents["applicant_ids"].str.split(";")).explode("firm")
    return codes_of(
        [*documents["firm_id"], *held["firm"]],
        [*documents["gb4754"], *[None] * len(held)],
        [*documents["ipc"], *held["ipc"]],
    )


def firms_on(
    day: pd.Timestamp,
    placer: Placer,
    tables: Mapping[str, pd.DataFrame],
    encoder: TextEncoder,
    vectors: QueryVectors,
    corrections: pd.DataFrame | None,
) -> pd.DataFrame:
    """Placements of firms by their documents and patents up to a day; COLUMNS and ``on``, the day.

    The placer and what a person confirmed are of today: they say what was written then, not what came later.
    """
    documents, patents = tables["documents"], tables["patents"]
    documents = documents[pd.to_datetime(documents["date"]) <= day]
    patents = patents[pd.to_datetime(patents["publication_date"]) <= day]
    rows = firm_passages(documents, patents)
    if not len(rows):
        return pd.DataFrame(columns=[*COLUMNS, "on"])
    encoded = vectors.encode(rows["text"].tolist(), encoder)
    items = make_items(rows, vectors=encoded, codes=firm_codes(documents, patents))
    table = place_kind(placer, Placed("firm", items, rows))
    first = rows.groupby("item_id")["date"].min()
    table = with_confirmed(table, tables["confirmed_placements"], first, corrections)
    return table.loc[table["kind"] == "firm", COLUMNS].assign(on=day).reset_index(drop=True)


def fit(
    chains: Mapping[str, Chain],
    firms: Items,
    confirmed: pd.DataFrame,
    corrections: pd.DataFrame | None,
    encoder: TextEncoder,
    params: PlacementParams,
) -> tuple[FittedPlacer, Placements, pd.DataFrame]:
    """The placer of the confirmed firms of the training part, the others as it places them, and what is true of all."""
    truth = confirmed_labels(confirmed)
    if corrections is not None:
        truth = labels_of(corrections.loc[corrections["kind"] == "firm"], truth)
    known = {*confirmed.loc[confirmed["kind"] == "firm", "item_id"], *truth["item_id"]}
    labelled = np.array([one in known for one in firms.item_id])
    held = enterprise_share(pd.Series(firms.item_id), "chain-placement") < TEST_SHARE
    tree = Tree.of_chains(chains.values())
    fitted = fit_placer(
        tree, cards_of_chains(chains.values()), firms.rows(labelled & ~held), truth, encoder,
        params=params, several=True, code=source_digest(), progress=console.print,
    )  # fmt: skip
    return fitted, fitted.placer.place(firms.rows(labelled & held)), truth


def place_kind(placer: Placer, one: Placed) -> pd.DataFrame:
    """Answers of one kind with COLUMNS; as_of is the date of the passage that decided, or of the item's first."""
    answers = placer.place(one.items, evidence=True).answers
    split = answers["node_id"].str.split(SEPARATOR, n=1, expand=True)
    dated = one.passages.drop_duplicates(["item_id", "document_id"]).set_index(["item_id", "document_id"])["date"]
    first = one.passages.groupby("item_id")["date"].min()
    decided = dated.reindex(pd.MultiIndex.from_frame(answers[["item_id", "document_id"]])).to_numpy()
    dates = pd.to_datetime(pd.Series(decided, index=answers.index))
    dates = dates.fillna(pd.to_datetime(answers["item_id"].map(first)))
    return answers.assign(kind=one.kind, chain_id=split[0], node_id=split[1], corrected=False, as_of=dates)


def counts(parts: list[pd.DataFrame]) -> dict[str, dict[str, int]]:
    """Answers of each kind by band, those that are parents apart."""
    found = {}
    for part in parts:
        names = part["band"].where(~part["is_parent"], part["band"] + " parent")
        found[str(part["kind"].iloc[0])] = {str(name): int(n) for name, n in names.value_counts().sort_index().items()}
    return found
