from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from models.reform.read import StudyError
from serving.console.pages.analyst import release as module
from serving.console.pages.analyst.release import NoReleaseError, banks_of, has_draws, lever_fault, release, study_of

pytestmark = pytest.mark.behaviour


def test_what_is_missing_is_named(tmp_path, trained):
    """Models first, then the snapshot; with all of them the rules in force are read, once."""
    with pytest.raises(NoReleaseError, match=r"points/card.yaml"):
        release(tmp_path)
    assert has_draws(tmp_path) is False
    assert release(trained.folder) is release(trained.folder)
    assert banks_of(release(trained.folder))[:2] == ["*", "cautious"]


def test_the_folder_is_that_of_the_worker(monkeypatch, tmp_path):
    """``artifacts`` under the working directory, as the command's default."""
    assert module.ARTIFACTS.as_posix() == "artifacts"
    monkeypatch.setattr(module, "ARTIFACTS", tmp_path)
    with pytest.raises(NoReleaseError):
        release()


def test_the_folder_is_that_in_which_the_service_was_started(monkeypatch, tmp_path):
    """A worker that serves a bento works in the folder of its code, where no models lie."""
    monkeypatch.setenv("IP_FOLDER", str(tmp_path))
    for name, found in (("release", "ARTIFACTS"), ("run_page", "STORE")):
        spec = importlib.util.spec_from_file_location("again", Path(module.__file__).with_name(f"{name}.py"))
        again = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "again", again)
        spec.loader.exec_module(again)
        assert getattr(again, found).parent == tmp_path


def test_a_fault_names_its_lever_and_other_files_are_refused(packed):
    """A file of a form or of a person never leads the service to another file."""
    with pytest.raises(StudyError) as fault:
        study_of("policies: {standard: {pd_cutoff: 3}}", "x", packed, ["standard"])
    assert lever_fault(fault.value)[0] == "policies.standard.pd_cutoff"
    for text in ("models: ../other\n", "firms: /etc/passwd\n", "policies: {standard: ../../secret.yaml}\n"):
        with pytest.raises(StudyError):
            study_of(text, "x", packed, ["standard"])
    assert study_of("name: x\n", "x", packed, ["standard"]).changes("x") == ()
