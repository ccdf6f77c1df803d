from __future__ import annotations

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app


@pytest.mark.contract
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--artifacts", "nowhere"], "snapshot/cases.parquet is absent; run `make run` first"),
        (["--bank", "nobody"], "bank: found nobody; allowed: one of"),
        (["--draws"], "cannot be read, make it by `training draws`"),
    ],
    ids=["artefacts", "bank", "draws"],
)
def test_what_is_missing_is_one_message(trained, tmp_path, options, message):
    """No trace of the program, exit 2."""
    for name in ("baseline", "more"):
        (tmp_path / f"{name}.yaml").write_text("", encoding="utf-8")
    files = [str(tmp_path / f"{name}.yaml") for name in ("baseline", "more")]
    command = ["reform", *files, "--artifacts", str(trained.folder), "--out", str(tmp_path / "out"), *options]
    done = CliRunner().invoke(app, command, env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()
