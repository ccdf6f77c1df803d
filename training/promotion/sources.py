"""What the models of each capability are made of: digests of data, codebook, code and parameters, as they are now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from data.code_version import MAKING, source_digest
from data.codebook import read_codebook
from models.content_digest import content_digest
from training.tracking import file_digest

DERIVED = "data/derived"
INPUTS: Mapping[str, tuple[str, ...]] = {
    "points": (f"{DERIVED}/vintages/cases.parquet", f"{DERIVED}/vintages/points_outcome.parquet"),
    "risk": (f"{DERIVED}/loans/cases.parquet", f"{DERIVED}/loans/default_12m.parquet"),
    "quota": (f"{DERIVED}/vintages/cases.parquet", f"{DERIVED}/vintages/serviceable_debt.parquet"),
    "matching": (
        *(f"{DERIVED}/matching/{name}.parquet" for name in ("demands", "capabilities", "match_outcomes")),
        "artifacts/snapshot/cases.parquet",
    ),
}
SECTIONS: Mapping[str, tuple[str, ...]] = {  # of params.yaml
    "points": ("assemble", "points", "points_shape", "points_outcome"),
    "risk": ("assemble", "risk"),
    "quota": ("assemble", "quota"),
    "matching": ("matching_encoder", "matching_ranking", "matching_confidence"),
}
CARDS: Mapping[str, str] = {  # the file of a model that names its codebook and its code
    "points": "points/card.yaml",
    "risk": "risk/model/model.json",
    "quota": "quota/model/debt_capacity.json",
}


def sources(capability: str, root: Path = Path()) -> dict[str, str]:
    """Digests by what is digested; the code is all that makes models, the parameters are the capability's sections."""
    sections = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    return {
        "data": file_digest(root / name for name in INPUTS[capability]),
        "codebook": read_codebook().digest,
        "code": source_digest(MAKING),
        "params": content_digest({name: sections[name] for name in SECTIONS[capability]}),
    }


def written_digests(folder: Path, capability: str) -> dict[str, str]:
    """The codebook and the code that a model's own file names; nothing for a capability whose file names none."""
    if capability not in CARDS:
        return {}
    path = folder / CARDS[capability]
    text = path.read_text(encoding="utf-8")
    card = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    return {"codebook": card["codebook_digest"], "code": card["code"]}
