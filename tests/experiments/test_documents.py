"""What the documents say is what runs: figures, commands, options, routes, metrics, words, folders, links."""

from __future__ import annotations

import ast
import csv
import fnmatch
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from data.codebook import read_codebook
from experiments.__main__ import app as experiments_app
from experiments.model_cards import CARD_TABLES
from experiments.readme import CARDS, DOCUMENTS, READMES, RECORDS, RESULTS, SUMMARIES, read_figures, table
from features.risk import monotone_signs
from serving.__main__ import app as serving_app
from serving.ledger.ledger import metadata
from tests.sources import ROOT, SOURCES, parsed
from training.__main__ import app as training_app

pytestmark = pytest.mark.surface
APPS = {"training": training_app, "serving": serving_app, "experiments": experiments_app}
BLOCK = re.compile(r"<!-- figures:([a-z-]+) -->\n(.*?)<!-- /figures -->", re.DOTALL)
FEW = re.compile(
    r"^(?:too few: [a-z ]+|过少：[^\d]+)(\d+)(?: 笔)?$"
)  # in the place of a figure, each language in its words
FENCE = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("README*.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
)
BANNED = re.compile(
    r"\b(told|tells?|desk|gate|counter|shelf|judge[sd]?|honest|heard|speaks|stands|door|walks?)\b"
    "|所告|入账|柜台|账本|指示性同意|到期贷款|企业群|植入|全知者|重放|泄露",
    re.IGNORECASE,
)


def text(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(block: str) -> list[list[str]]:
    """The cells of a block's table without its head."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines() if line.startswith("| ")][
        1:
    ]


@cache
def identifiers() -> frozenset[str]:
    """Every name of the sources: modules, definitions, members, arguments, and texts that could be one (keys)."""
    return frozenset().union(*(parsed(path).names.union(path.with_suffix("").parts) for path in SOURCES))


@cache
def helped(layer: str, path: tuple[str, ...]) -> bool:
    """Whether a command prints its help."""
    return CliRunner().invoke(APPS[layer], [*path, "--help"]).exit_code == 0


@cache
def commands(layer: str) -> Any:
    """The commands of a layer with their options."""
    return typer.main.get_command(APPS[layer])


# ------------------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize("pair", [READMES, RESULTS], ids=["readmes", "results"])
def test_both_languages_hold_the_same_figures(pair):
    """Chinese and English quote the same run records, figure by figure."""
    english, chinese = (dict(BLOCK.findall(text(name))) for name in pair)
    assert set(english) == set(chinese)
    for name in set(english) - {"answer"}:
        en, zh = ([FEW.sub(r"\1", row[-1]) for row in rows(block[name])] for block in (english, chinese))
        assert en == zh != []


def test_every_list_of_figures_is_in_a_document_and_every_document_holds_what_there_is():
    """No block without rows, no rows without a block."""
    blocks = {name for page in DOCUMENTS for name, _ in BLOCK.findall(text(page))}
    assert blocks == {figure.block for figure in read_figures()} | set(CARD_TABLES) | {"answer"}
    assert {figure.block for figure in read_figures()} == set(RECORDS) | set(SUMMARIES)
    assert {name for page in RESULTS for name, _ in BLOCK.findall(text(page))} == set(RECORDS)


@pytest.mark.parametrize("page", DOCUMENTS)
def test_every_figure_of_a_document_is_a_row_of_the_list(page):
    """Nothing is between the markers that the command did not write: the names are those of the list."""
    language = DOCUMENTS[page]
    for block, body in BLOCK.findall(text(page)):
        wanted = [figure for figure in read_figures() if figure.block == block]
        if wanted:
            names = [f"{one.en} · {one.zh}" if language == "both" else getattr(one, language) for one in wanted]
            assert [row[0] for row in rows(body)] == names
        assert body.strip(), f"{block} of {page} was never filled: `python -m experiments readme`"


@pytest.mark.parametrize(("name", "language"), RESULTS.items())
@pytest.mark.parametrize("block", [block for block, path in RECORDS.items() if path.startswith("experiments/")])
def test_the_figures_of_a_committed_experiment_are_those_of_its_record(block, name, language):
    """The block in the document is what the committed record says, to the character."""
    record = json.loads(text(RECORDS[block]))
    assert dict(BLOCK.findall(text(name)))[block] == table(block, record, language)


@pytest.mark.parametrize("page", READMES)
def test_the_front_page_is_short_and_shows_the_answer_to_its_own_request(page):
    """At most 150 lines; the request asks for the amount that the quoted decision was asked for."""
    assert len(text(page).splitlines()) <= 150
    answered = json.loads(dict(BLOCK.findall(text(page)))["answer"].strip().removeprefix("```json").removesuffix("```"))
    assert f'"requested_amount_cny": {answered["quota"]["requested_cny"]},' in text(page)


# ------------------------------------------------------------------------------------- commands, routes, metrics


@pytest.mark.parametrize("layer", APPS)
def test_every_command_has_help_and_every_layer_is_in_both_readmes(layer):
    """A command without a sentence is a command nobody finds."""
    assert helped(layer, ())
    for name, one in commands(layer).commands.items():
        assert one.help, name
    assert all(f"python -m {layer} --help" in text(name) for name in READMES)


def typed_commands() -> Iterator[tuple[str, list[str]]]:
    """Each ``python -m LAYER ...`` and ``make ...`` of a document, in a bash block or in backquotes, as words."""
    for page in PAGES:
        blocks = re.sub(r"\s#.*", "", "\n".join(FENCE.findall(text(page))).replace("\\\n", " "))
        spans = re.findall(r"`((?:python -m|make) [^`\n]+)`", FENCE.sub("", text(page)))
        for found in re.findall(r"(?:python -m|\bmake) [^\n)#&]+", blocks) + spans:
            yield page, shlex.split(found, comments=True)


def test_every_command_of_a_document_exists_with_its_options():
    """Each subcommand and option is one that ``--help`` lists; each make target is in the Makefile."""
    checked = set()
    for page, words in typed_commands():
        if words[0] == "make":
            targets = [word for word in words[1:] if "=" not in word]
            assert all(re.search(rf"^{target}:", text("Makefile"), re.MULTILINE) for target in targets), (page, words)
            continue
        if words[2] not in APPS:
            continue
        command = commands(words[2])
        rest = words[3:]
        while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, (page, words)
            command, rest = command.commands[rest[0]], rest[1:]
        path = words[3 : len(words) - len(rest)]
        assert helped(words[2], tuple(path)), (page, words)
        options = {option for one in command.params for option in one.opts} | {"--help"}
        given = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert given <= options, (page, words, sorted(given - options))
        checked |= {(words[2], command.name)}
    assert len(checked) > 20


@pytest.mark.parametrize("target", ["run", "check", "test"])
def test_the_commands_of_a_newcomer_are_in_the_makefile_and_the_readmes(target):
    """``make run``, ``make check`` and ``make test`` are all that a newcomer types."""
    assert re.search(rf"^{target}:", text("Makefile"), re.MULTILINE)
    assert all(f"make {target}" in text(name) for name in READMES)


def test_every_route_of_a_document_exists():
    """Each address in a document is one of the service's."""
    table_of_access = CliRunner().invoke(serving_app, ["routes"]).stdout
    known = {re.sub(r"\{\w+\}", "{}", path) for path in re.findall(r"`(/[^`]*)`", table_of_access)}
    for page in PAGES:
        named = re.findall(
            r"(?:`(?:GET|POST) |:3000)(/[\w/{}.-]+)|`(/(?:v1|metrics|readyz|healthz)[\w/{}.-]*)`", text(page)
        )
        for path in {one or other for one, other in named}:
            assert re.sub(r"\{\w+\}", "{}", path) in known, (page, path)


def test_operations_names_every_metric_and_only_what_there_is():
    """Metrics, log events, settings and problems of the page on operations are those of the code."""
    page = text("docs/operations.md")
    kinds = ("Counter", "Gauge", "Histogram")
    trees = [ast.parse(source) for path in SOURCES if any(kind in (source := text(path)) for kind in kinds)]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = {
        (node.args[0].value, getattr(node.func, "id", ""))
        for node in calls
        if getattr(node.func, "id", "") in kinds and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    exposed = {f"{name}_total" if kind == "Counter" else name for name, kind in made}
    assert set(re.findall(r"^\| `(\w+)` \|", page.split("## Monitoring")[1], re.MULTILINE)) == exposed
    assert set(re.findall(r"log `(\w+)`", page)) <= identifiers()
    assert set(re.findall(r"`(IP_[A-Z_]+)`", page)) <= identifiers()
    with (ROOT / "data/reference/sentences.csv").open(encoding="utf-8") as file:
        problems = {row["key"].removeprefix("problem.") for row in csv.DictReader(file)}
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page.split("## Monitoring")[1]))
    assert named <= problems, sorted(named - problems)


def test_telemetry_is_off_by_the_projects_own_settings():
    """DVC, MLflow, BentoML and Hugging Face send nothing to anybody."""
    makefile = text("Makefile")
    for name in ("DVC_NO_ANALYTICS", "MLFLOW_DISABLE_TELEMETRY", "BENTOML_DO_NOT_TRACK", "HF_HUB_OFFLINE"):
        assert f"export {name}" in makefile
    assert "analytics = false" in text(".dvc/config")


# ------------------------------------------------------------------------------------------ words, folders, links


def test_the_glossary_names_what_is_in_the_code_or_lists_it_as_coming():
    """Each code word of a capability that exists is a name of the sources, or is listed, and never both."""
    built, _, after = text("docs/GLOSSARY.md").partition("## Coming capabilities")
    coming = set(re.findall(r"`([^`]+)`", after.partition("<!-- coming -->")[2].partition("<!-- /coming -->")[0]))
    words = {word for row in rows(built) for word in re.findall(r"`([^`]+)`", row[3])} - {"code"}
    absent = {word for word in words if not fnmatch.filter(identifiers(), word)}
    assert len(words) > 100
    assert absent == coming, f"not in the code and not listed: {absent - coming}; listed and there: {coming - absent}"


def test_no_word_of_the_glossary_names_two_ideas():
    """One word, one idea: no code word is in two rows, no word to avoid is another row's code word of its table."""
    words = [word for row in rows(text("docs/GLOSSARY.md")) if len(row) == 5 for word in re.findall(r"`(\w+)`", row[3])]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "docs/GLOSSARY.md"])
def test_no_document_has_a_banned_word_or_a_path_of_one_machine(page):
    """Private pictures and words of other trades stay out; so does where somebody's checkout lies."""
    prose = re.sub(r"```.*?```|`[^`\n]*`|\(https?://[^)]*\)", "", text(page), flags=re.DOTALL)
    assert [match.group() for match in BANNED.finditer(prose)] == []
    assert re.findall(r"(?<![\w.])/(?:work|root|home|tmp|opt)/", text(page)) == []


def test_the_architecture_names_the_folders_that_there_are():
    """Each folder of the drawn tree exists unless it is said to be coming, and each folder with sources is drawn."""
    drawn: dict[str, bool] = {}
    layer = ""
    twice = []
    for line in text("docs/ARCHITECTURE.md").split("```")[1].splitlines():
        if found := re.match(r"( *)(\S+?)/ +(.*)", line):
            layer = layer if found[1] else found[2]
            name = f"{layer}/{found[2]}" if found[1] else layer
            twice += [name] if name in drawn else []
            drawn[name] = found[3].startswith("coming")
    assert not twice
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    folders = {"/".join(parts[:depth]) for name in tracked if (parts := name.split("/")[:-1]) for depth in (1, 2)}
    made = {"artifacts", "data/raw", "data/derived"}
    assert {name for name, coming in drawn.items() if not coming} - made <= folders
    assert not {name for name, coming in drawn.items() if coming} & folders
    with_sources = {"/".join(path.parent.parts[:2]) for path in SOURCES}
    assert {name for name in with_sources if not re.search(r"/\d{4}-", name)} <= set(drawn)


def test_operations_names_every_table_that_verify_does_not_cover():
    """All tables of the store but the records; whoever has the database may change them unnoticed."""
    covered = text("docs/operations.md").partition("and nothing else. Not covered are")[2].partition("Whoever")[0]
    assert set(re.findall(r"`(\w+)`", covered)) == set(metadata.tables) - {"records"}
    kept = " ".join(text("SECURITY.md").split())
    assert "API keys, of deadlines, of the console's accounts, sessions and lockouts, and of jobs without" in kept


def test_the_risk_card_counts_the_features_that_have_no_direction():
    """Its method names them; its table marks each of them."""
    free = [key for key, sign in monotone_signs(read_codebook()).items() if sign == 0]
    invoices = [key for key in free if key.startswith("inv_")]
    assert sorted(set(free) - set(invoices)) == ["age_years", "stage_ordinal"]
    card = " ".join(text("docs/model-cards/risk.md").split())
    assert f"{len(free)} features have none, marked *left to the data*: years since founding, growth stage" in card
    assert f"and {len(invoices)} features of invoices" in card
    assert f"另有 {len(free)} 项特征不设方向" in card
    assert f"成长阶段和 {len(invoices)} 项发票特征" in card
    assert card.count("left to the data · 由数据决定 |") == len(free)


def test_decisions_of_architecture_have_their_four_parts_and_are_listed():
    """Numbers run without a gap; each says context, decision, consequences and what would change it."""
    pages = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "What would change it"]
        assert f"({page.name})" in text("docs/adr/README.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_somewhere(page):
    """A link within the project names a file, and a heading of it where it names one."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)):
        name, _, heading = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE) if heading else []
        anchors = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in headings]
        assert not heading or heading in anchors, target


@pytest.mark.parametrize("page", CARDS)
def test_a_model_card_holds_no_digest(page):
    """Two clones with different commits write the same card."""
    assert re.findall(r"\b[0-9a-f]{12,}\b", text(page)) == []
