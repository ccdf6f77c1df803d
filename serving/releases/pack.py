"""artifacts -> Bento store: the models, the snapshot, and the code that serves them, with nothing else."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import bentoml
import pandas as pd

from data.events import EventStore
from data.matching import Demand, from_table
from serving.approvals.packed import FOLDER as APPROVALS
from serving.approvals.packed import packed_files
from serving.chain.packed import FOLDER as CHAIN
from serving.chain.packing import chain_files
from serving.clearance.service import FOLDER as CLEARANCE
from serving.matching.event_store import events_url
from serving.matching.packed import FOLDER as MATCHING
from serving.matching.packed import RECORDS, firms_of
from serving.releases.filings import FOLDER as FILINGS
from serving.releases.filings import filing_files
from serving.releases.packed import MODEL, MODEL_FILES, PARAMS, digest_beside, release_of

PACKED = (*MODEL_FILES, "snapshot")
# Of artifacts/matching; the rest is training's.
MATCHING_PARTS = ("matching.json", "encoder", "library", "demands", "model")
MATCHING_TABLES = Path("data/derived/matching")  # demands and events that the matching of a release answers about
DERIVED = Path("data/derived")  # where ingest writes
CHAIN_TABLES = Path("data/derived/chain")  # firms, patents, deals and staff of its industry chains
INCLUDE = [
    "data/**/*.py",
    "data/reference/**",
    "features/**/*.py",
    "models/**/*.css",
    "models/**/*.py",
    "serving/**/*.py",
    "serving/console/assets/**",
    "serving/console/templates/**",
    "serving/migrations/*",
]


class PackError(FileNotFoundError):
    """An artefact is missing; the message lists every one."""


def pack(
    artifacts: Path = Path("artifacts"),
    params: Path = Path(PARAMS),
    tables: Path = MATCHING_TABLES,
    chain_tables: Path = CHAIN_TABLES,
) -> str:
    """Copy the artefacts and the numbers they were made with into one model of the Bento store; returns its tag.

    The tag is the release and the digest of all that is packed, so the same bytes are packed once, and every old
    release can be replayed. Matching, the industry chains, forecasts of clearance and the items and forecasts of
    approvals go with it where their artefacts are there, without the firms that have withdrawn; and what the last
    ingest refused, with the names of the register.
    """
    absent = [name for name in PACKED if not (artifacts / name).exists()]
    absent += [] if params.exists() else [str(params)]
    if absent:
        raise PackError(f"{artifacts} lacks {absent}; run `dvc repro` first")
    with tempfile.TemporaryDirectory(prefix="matching-") as folder:
        gone = withdrawn_firms()
        matching = matching_files(without_firms(artifacts / MATCHING, gone, Path(folder), tables), tables, gone)
        chain = chain_files(artifacts / CHAIN, chain_tables, gone)
        clearance = _files_of(artifacts / CLEARANCE / "model")
        approvals = packed_files(artifacts / APPROVALS)
        filings = filing_files(artifacts / "ingest/metrics.json", DERIVED)
        parts = {MATCHING: matching, CHAIN: chain, CLEARANCE: clearance, APPROVALS: approvals, FILINGS: filings}
        return _stored(
            artifacts, params, {f"{top}/{name}": file for top, own in parts.items() for name, file in own.items()}
        )


def _files_of(folder: Path) -> dict[str, Path | bytes]:
    """Every file of a folder by its path there; none where there is no such folder."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _stored(artifacts: Path, params: Path, more: Mapping[str, Path | bytes]) -> str:
    snapshot = {
        path.relative_to(artifacts).as_posix(): path for path in (artifacts / "snapshot").rglob("*") if path.is_file()
    }
    tag = f"{MODEL}:{release_of(artifacts)}.{digest_beside({PARAMS: params, **snapshot, **more})}"
    with contextlib.suppress(bentoml.exceptions.NotFound):
        bentoml.models.delete(tag)  # packed again it is the newest one, which a bento without a choice takes
    with bentoml.models.create(tag) as stored:
        for name in PACKED:
            source, target = artifacts / name, Path(stored.path) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
        shutil.copyfile(params, Path(stored.path) / PARAMS)
        for name, content in more.items():
            target = Path(stored.path) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content) if isinstance(content, bytes) else shutil.copyfile(content, target)
    return str(stored.tag)


def without_firms(folder: Path, gone: Collection[str], target: Path, tables: Path = MATCHING_TABLES) -> Path:
    """``folder``; or ``target`` with its matching made again without these firms, where one has a document or a demand.

    Of the passages' vectors and the demands' those of the firms that are left stay; nothing is encoded again.
    """
    if not firms_of(folder, tables) & set(gone) or not (folder / "library").is_dir():
        return folder
    from features.matching import clean_text  # here and below: heavy, and needed only where a firm has withdrawn
    from models.matching.answer import Matcher, demand_text
    from models.matching.index_update import KnownVectors
    from models.matching.query_vectors import QueryVectors

    matcher = Matcher.load(folder)
    known = None if matcher.encoder is None else KnownVectors(matcher.encoder, matcher.library)
    library = matcher.library.without(known, sorted(gone))  # a text that stays keeps its vector
    path = tables / "demands.parquet"
    on_file = from_table(pd.read_parquet(path), Demand) if path.is_file() else []
    texts = [clean_text(demand_text(one)) for one in on_file if one.enterprise_id not in gone]
    queries = (matcher.queries or QueryVectors(library.encoder_digest)).only(texts)
    replace(matcher, library=library, library_digest="", queries=queries).save(target)
    if (folder / "encoder").is_dir():
        shutil.copytree(folder / "encoder", target / "encoder")
    return target


def matching_files(folder: Path, tables: Path, gone: Collection[str] = ()) -> dict[str, Path | bytes]:
    """What a release holds of matching, by its name there; nothing where ``folder`` is missing.

    The model, encoder and library, then the demands, the events, and who was invited for which demand, without
    those of the firms ``gone``. Of the outcomes nothing else is packed.
    """
    if not folder.is_dir():
        return {}
    roots = [folder / name for name in MATCHING_PARTS]
    found = [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*")))]
    files: dict[str, Path | bytes] = {path.relative_to(folder).as_posix(): path for path in found if path.is_file()}
    records = {
        name: pd.read_parquet(tables / f"{name}.parquet")
        for name in ("demands", "match_events", "match_outcomes")
        if (tables / f"{name}.parquet").is_file()
    }
    if "match_outcomes" in records:
        outcomes = records.pop("match_outcomes")
        records["invited"] = outcomes.loc[outcomes["invited"], ["demand_id", "enterprise_id"]].drop_duplicates()
    for name, table in records.items():
        kept = table.loc[~table["enterprise_id"].isin(set(gone))] if "enterprise_id" in table else table
        content = io.BytesIO()
        kept.to_parquet(content, index=False)
        files[f"{RECORDS}/{name}.parquet"] = content.getvalue()
    return files


def withdrawn_firms() -> frozenset[str]:
    """Firms that have withdrawn from matching; none where no event was ever stored."""
    url = events_url()
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        return frozenset()
    store = EventStore(url)
    try:
        return store.withdrawn()
    finally:
        store.close()


def build(root: Path = Path(), model: str = f"{MODEL}:latest") -> str:
    """Build the bento from the checkout, off line; returns its tag."""
    bento = bentoml.build(
        "serving.runtime.service:BankService",
        build_ctx=str(root.resolve()),
        include=INCLUDE,
        python={"packages": locked_packages(root), "lock_packages": False},
        models=[model],
    )
    return str(bento.tag)


def locked_packages(root: Path) -> list[str]:
    """What the service needs, at the versions of requirements.lock: the core packages and those of ``serve``."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = project["dependencies"] + project["optional-dependencies"]["serve"]
    names = {re.split(r"[\[<>=~!;\s]", line)[0].lower().replace("_", "-") for line in required}
    lock = (root / "requirements.lock").read_text(encoding="utf-8").split()
    return [pin for pin in lock if pin.split("==")[0].lower() in names]
