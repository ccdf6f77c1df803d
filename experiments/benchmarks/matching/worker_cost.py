"""What matching costs a worker: time and memory of its start and of its first list, each in a fresh process.

Of the packed library, and of one that is enlarged by repeating its documents under new firms, with their number in the
text and vectors that are mixtures of its own: the texts of 100,000 passages, as far as memory and loading see.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.uscc import fictitious_uscc
from models.matching.answer import LIBRARY
from models.matching.library import Library
from serving.matching.packed import FOLDER
from serving.releases.pack import MATCHING_TABLES, PACKED, matching_files

SEED = 20_240_630
LISTS = 20  # after the first
MOST_START_S, MOST_MEMORY_MB = 2.0, 250.0
WORKER = """
import gc, json, sys, time
begun = time.perf_counter(), time.process_time()

def took():
    return {"seconds": time.perf_counter() - begun[0], "cpu_s": time.process_time() - begun[1], "memory_mb": memory()}

def memory():
    lines = [line.split() for line in open("/proc/self/smaps_rollup")]
    kb = {line[0]: int(line[1]) for line in lines if len(line) == 3}
    private = kb["Private_Clean:"] + kb["Private_Dirty:"]
    return {"resident": kb["Rss:"] / 1e3, "private": private / 1e3, "without_file": kb["Anonymous:"] / 1e3}

from pathlib import Path
import serving.runtime.service
from serving.auth.access import Caller
from serving.decide.decision_service import DecisionService
from serving.matching.service import MatchingService
from data.match_requests import DemandsRequest, SearchRequest

release, text, lists = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
service = DecisionService.load(release)
matching = MatchingService.of_release(release, service.clock.today)
gc.collect()
gc.freeze()
steps = {"start": took()}
if (release / "matching").is_dir():
    caller = Caller("bench", "operator", "bench", "", frozenset())
    ask = lambda: matching.search(SearchRequest(text=text), caller)
    firm = lambda number: matching.current()[0].matcher.firms()[number]
    demands = lambda number: matching.demands(DemandsRequest(uscc=firm(number)), caller)
    for name, call in (
        ("first_list", ask),
        ("more_lists", lambda: [ask() for _ in range(lists)]),
        ("first_demands", lambda: demands(0)),
        ("more_demands", lambda: demands(1)),
    ):
        begun = time.perf_counter(), time.process_time()
        call()
        steps[name] = took()
print(json.dumps(steps))
"""


def worker_cost(artifacts: Path, passages: int = 0, tables: Path = MATCHING_TABLES) -> dict[str, Any]:
    """Steps of a worker without and with matching, and what matching adds.

    artifacts : as ``dvc repro`` writes them; passages : to which the library is enlarged, 0 for as it is
    Memory in MB: resident; private, which no other process shares; without_file, which no file backs.
    """
    with tempfile.TemporaryDirectory(prefix="worker-") as folder:
        bare, full = Path(folder) / "without", Path(folder) / "with"
        for target in (bare, full):
            _packed(artifacts, target)
        for name, content in matching_files(artifacts / FOLDER, tables).items():
            path = full / FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content) if isinstance(content, bytes) else path.symlink_to(content.resolve())
        library = Library.load(artifacts / FOLDER / LIBRARY)
        text = str(library.passages["text"].iloc[0])
        if passages:
            shutil.rmtree(full / FOLDER / LIBRARY)
            library = enlarged(library, passages)
            library.save(full / FOLDER / LIBRARY)
        without, steps = (_run(target, text, Path(folder)) for target in (bare, full))
    after, before = steps["more_lists"]["memory_mb"], without["start"]["memory_mb"]
    return {
        "passages": len(library.passages),
        "without": without,
        "with": steps,
        "added_start_s": steps["start"]["seconds"] - without["start"]["seconds"],
        "added_memory_mb": {name: after[name] - before[name] for name in before},
    }


def enlarged(library: Library, passages: int) -> Library:
    """A library of about so many passages, made of the documents of this one."""
    copies, count = -(-passages // len(library.passages)), len(library.firms)
    codes = np.array([fictitious_uscc(number) for number in range(copies * count)], dtype=object)
    documents = [
        library.documents.assign(
            document_id=library.documents["document_id"] + f"-{copy}",
            enterprise_id=codes[copy * count + library.document_firm],
            text=library.documents["text"] + f"，{copy}",
            title="",
        )
        for copy in range(copies)
    ]
    return Library.prepare(pd.concat(documents, ignore_index=True), _Mixing(library))


class _Mixing:
    """Vectors of unit length, mixtures of two of the library's."""

    def __init__(self, library: Library) -> None:
        if library.vectors is None:
            raise ValueError("the library has no vectors")
        self._vectors, self._library = library.vectors, library

    @property
    def digest(self) -> str:
        return str(self._library.encoder_digest)

    @property
    def dimension(self) -> int:
        return int(self._vectors.shape[1])

    def encode(self, texts: Sequence[str], kind: str) -> Any:
        del kind  # passages and queries alike
        draw = np.random.default_rng(SEED)
        one, other = (self._vectors[draw.integers(0, len(self._vectors), len(texts))] for _ in range(2))
        mixed = 0.7 * one + 0.3 * other
        return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)


def _packed(artifacts: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for name in PACKED:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).symlink_to((artifacts / name).resolve())
    shutil.copyfile("params.yaml", target / "params.yaml")


def _run(release: Path, text: str, folder: Path) -> dict[str, Any]:
    environment = os.environ | {"IP_EVENTS_URL": f"sqlite:///{folder / 'events.sqlite'}"}
    arguments = [sys.executable, "-c", WORKER, str(release), text, str(LISTS)]
    ended = subprocess.run(arguments, check=False, capture_output=True, text=True, env=environment)
    if ended.returncode:
        raise RuntimeError(f"the worker ended with {ended.returncode}: {ended.stderr[-2_000:]}")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found
