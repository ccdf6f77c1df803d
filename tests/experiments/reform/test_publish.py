"""What is handed on is complete, and made anew each time."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.reform import kept
from experiments.reform.publish import publish, read_result
from tests.experiments.reform.worlds import sources, world

pytestmark = pytest.mark.surface


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "")
    return world(tmp_path, monkeypatch)


def test_a_second_publication_leaves_nothing_of_the_first(out):
    """Copies of sources, fingerprint and pages of a draft give way to those of the citable result; bytes repeat."""
    root = out.parent
    held = (root / "studies/other.yaml").read_text()
    (root / "studies/other.yaml").write_text("pd_cutoff: 0.5\n")
    publish(out, root / "artifacts", **sources(root))
    assert (out / "caps.draft.zh.html").is_file()
    (root / "studies/other.yaml").write_text(held)
    made = publish(out, root / "artifacts", **sources(root))
    assert sorted(path.name for path in out.glob("*.html")) == sorted(
        f"{key}.{language}.html" for key in ("index", "caps") for language in ("zh", "en")
    )
    copies = {path.relative_to(out / "inputs").as_posix() for path in (out / "inputs").rglob("*.yaml")}
    assert copies == {"policies/standard.yaml", *(f"studies/{name}.yaml" for name in ("baseline", "caps", "other"))}
    first = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert publish(out, root / "artifacts", **sources(root)) == made
    assert first == {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert read_result(out)["schema"] == "reform/3"


def test_the_command_prints_every_check_and_fails_where_one_does(out):
    """Exit 0 for a result as it was made, 1 for one that was altered, 2 where there is none."""
    publish(out, out.parent / "artifacts", **sources(out.parent))
    done = CliRunner().invoke(app, ["verify-reform", str(out), "--artifacts", str(out.parent / "artifacts")])
    assert done.exit_code == 0
    assert "same          totals.csv" in done.output
    (out / "totals.csv").write_text("a,b\n1,4\n")
    done = CliRunner().invoke(app, ["verify-reform", str(out)])
    assert done.exit_code == 1
    assert "different     totals.csv" in done.output
    assert CliRunner().invoke(app, ["verify-reform", str(out.parent)]).exit_code == 2
