"""The tree explains itself because nothing may break its rules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.sources import MODULES, ROOT, SOURCES, loaded_with, parsed, text

pytestmark = pytest.mark.surface

RANK = {"data": 0, "features": 1, "models": 2, "training": 3, "serving": 3, "experiments": 4}
RIM = {  # framework -> where it may be imported; experiments may import anything
    "sentence_transformers": ("training/matching/encoder",),
    "torch": ("training/matching/encoder",),
    "lightgbm": ("models/", "training/"),
    "optuna": ("training/tuning/study.py",),
    "mlflow": ("training/tracking.py", "training/promotion/registry.py", "serving/releases/champions.py"),
    "bentoml": ("serving/",),
}
LARGEST_FILE = 350  # lines
# No module of its own: commands are tested by their layer, an experiment's run.py is started by its path, and every
# version of the ledger's schema is opened by the store's tests.
UNTESTED = ("__init__", "__main__", "run", "migrations")
TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts)


# Words of the glossary's column "avoid" that are names with another, right meaning.
RIGHT_ELSEWHERE = {
    "answer": "what the service sends", "border": "revenue at which a stage begins", "case": "row of observations",
    "defaults": "number of firms in default", "event": "of a log, of matching", "floor": "rounding down; least PD",
    "freshness": "age of data against its allowance", "grade": "of tax credit; step of the master scale",
    "hit": "rule that applies", "hurdle": "RAROC a yuan must earn; bar of a test", "limit": "of calls, of a portfolio",
    "judged": "relevance, of information retrieval",
    "margin": "of a firm's accounts", "mature": "the fifth revenue band", "offer": "product of a policy",
    "order": "sequence", "outcome": "of a decision",
    "overdue": "of loans", "pass": "chance of a test", "points": "of a firm", "position": "index", "prior": "of Bayes",
    "release": "of a policy or model", "row": "of a table", "score": "rank statistic", "share": "part of a whole",
    "snapshot": "firms of one day", "stage": "of growth", "step": "of a search", "term": "of a model; of a consent",
    "total": "sum of points", "unknown": "not in the data",
}  # fmt: skip
METAPHORS = (
    "told tell tells asked judge judges judged counter desk gate shelf speaks stands honest heard door taught swap"
)
NAMES_OF_OTHERS = ("perf_counter", "Counter", "tell", "NOTICE_DATE", "FailBox")
# What the first contract called them: read there, and written nowhere.
EARLIER = ("serving/ledger/earlier_contract.py", "serving/migrations/")


def test_imports_point_down():
    """A layer imports only layers below itself; training and serving never see each other."""
    wrong = [
        (str(path), name)
        for path in SOURCES
        for name in parsed(path).imported & set(RANK)
        if name != path.parts[0] and RANK[name] >= RANK[path.parts[0]]
    ]
    assert wrong == []


def test_frameworks_stay_at_the_rim():
    """Each framework is imported only where the architecture says."""
    wrong = []
    for path in SOURCES:
        allowed = {name: RIM[name] for name in parsed(path).imported & set(RIM)}
        if path.parts[0] == "experiments":
            wrong += [(str(path), name) for name in allowed if name == "torch"]
        else:
            wrong += [(str(path), name) for name in allowed if not str(path).startswith(allowed[name])]
    assert wrong == []


def test_no_source_finds_itself_on_one_machine():
    """No sys.path, no parents[n], no absolute path: the installed wheel runs from anywhere."""
    assert [(str(path), one) for path in SOURCES for one in ("sys.path", ".parents[") if one in text(path)] == []


def test_no_catch_all_module_names():
    """Every file has a domain name."""
    catch_all = {"utils", "util", "common", "helpers", "helper", "base", "config", "misc"}
    assert [str(path) for path in SOURCES if path.stem in catch_all] == []


def test_tests_of_the_product_need_no_experiment():
    """Only tests/experiments imports from experiments: what is served is tested without what it is compared with."""
    own = [path for path in TESTS if path.parts[1] != "experiments" and "experiments" in text(path)]
    assert [str(path) for path in own if "experiments" in parsed(path).imported] == []


def test_every_module_has_a_test_file_of_its_name():
    """The tests are the same tree: ``data/uscc.py`` is tested by ``tests/data/test_uscc.py``."""
    modules = [path for path in SOURCES if not {*path.parts, path.stem} & set(UNTESTED)]
    assert not [str(path) for path in modules if Path("tests") / path.with_name(f"test_{path.name}") not in TESTS]


def test_no_file_is_long():
    """A file that a person reads at once, tests included."""
    lengths = {str(path): len(text(path).splitlines()) for path in [*SOURCES, *TESTS]}
    assert {path: lines for path, lines in lengths.items() if lines > LARGEST_FILE} == {}


def test_no_modules_import_each_other():
    """The imports have an order; where they have none, the message is the circle."""
    graph = {name: set(parsed(path).loaded) for name, path in MODULES.items()}
    TopologicalSorter(graph).prepare()
    assert graph["data.ingest.values"] == {"data.ingest.rules"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from data.ingest import rules, values", {"data.ingest.rules", "data.ingest.values"}),
        ("from data.ingest.rules import Field\nimport data.uscc", {"data.ingest.rules", "data.uscc"}),
        ("try:\n    import data.uscc\nexcept ImportError:\n    pass", {"data.uscc"}),
        ("class A:\n    import data.uscc", {"data.uscc"}),
        ("def f():\n    import data.uscc", set()),
        ("if TYPE_CHECKING:\n    import data.uscc", set()),
        ("import numpy", set()),
    ],
)
def test_what_is_loaded_with_a_module(source, found):
    """The check above sees what importing a module imports at once, and only that."""
    assert set(loaded_with(ast.parse(source))) == found


def test_every_source_folder_is_packaged():
    """A folder with Python sources that the wheel forgets would work here and fail for users."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {".".join(path.parent.parts) for path in SOURCES}
    experiment_folders = {name for name in folders if name.startswith("experiments.0")}  # run by path, not imported
    assert folders - experiment_folders - {"serving.migrations.versions"} <= set(listed)


def test_the_lock_pins_exactly_and_pulls_no_cuda():
    """Every line of the lock is an exact version, PyTorch is the plain 2.13.0 and no CUDA package follows it."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").split()
    pins = [line for line in lines if not line.startswith(("#", "--")) and "==" in line]
    names = {pin.split("==")[0] for pin in pins}
    assert "torch==2.13.0" in pins
    cuda = {name for name in names if name.startswith(("nvidia-cu", "nvidia-nccl", "nvidia-cudnn", "triton"))}
    assert not cuda


def test_what_is_served_never_imports_torch_mlflow_or_training():
    """Serving in a fresh process leaves the heavy and the foreign modules unloaded."""
    probe = (
        "import sys, serving.runtime.service; "
        "print([m for m in ('torch', 'sentence_transformers', 'mlflow', 'training', 'optuna') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def avoided() -> set[str]:
    """The words of the glossary's column "avoid" that could be names, and our own former metaphors."""
    pages = text(Path("docs/GLOSSARY.md")).split("\n")
    cells = [row.strip("|").split("|")[-1] for row in pages if row.startswith("| ") and row.count("|") == 6]
    words = {word.strip().replace(" ", "_").lower() for cell in cells for word in cell.split(",") if cell.strip()}
    return {word for word in words | set(METAPHORS.split()) if word.isidentifier()} - set(RIGHT_ELSEWHERE) - {"avoid"}


def banned_in(name: str, words: set[str]) -> list[str]:
    """The avoided words that are a whole part of a name, as ``warranty`` of ``WarrantyNote``."""
    plain = f"_{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower()}_"
    return [word for word in words if word in plain and f"_{word}_" in plain]


def test_no_name_is_a_word_that_the_glossary_avoids():
    """One word for one idea: a word of the column "avoid" comes back in no name and no key."""
    words, found = avoided(), {}
    for path in SOURCES:
        if not path.as_posix().startswith(EARLIER):
            used = {*parsed(path).names, *path.with_suffix("").parts} - {*NAMES_OF_OTHERS}
            found |= {(str(path), name): hits for name in used if (hits := banned_in(name, words))}
    assert found == {}


def test_the_law_of_words_reads_names_by_their_parts():
    """It finds a word in every style of name, and only where it is a whole part."""
    words = avoided()
    assert {"stage3", "stage5", "warranty", "blacklist", "principal", "learned_limit", "told"} <= words
    hits = ("by_stage3", "WarrantyNote", "told", "shadow_price_cny", "BLACKLIST", "learned_limit")
    assert [name for name in hits if not banned_in(name, words)] == []
    assert [name for name in ("growth_stage", "stage30", "untold", "order_by") if banned_in(name, words)] == []
