from __future__ import annotations

import base64
import time

import pytest
import yaml

from serving.console.pages.analyst import reform_acts, reform_form
from serving.contract.refusals import Refusal
from tests.serving.console.components import of_id as found
from tests.serving.console.pages.analyst.conftest import words

pytestmark = pytest.mark.behaviour
CAP = "policies.standard.stage_cap_wan.startup"
CAPS = {CAP: 20.0, "policies.standard.expert_cap_wan.startup": 20.0}


def options(changes=None, name="提高上限", void=False, banks=("standard",), how="quick", sample=2000, draws=False,
            sweep=None, values=""):  # fmt: skip
    """What the form sends with a button."""
    return {"changes": changes or {}, "others": {}}, name, void, list(banks), how, sample, draws, sweep, values


def test_fields_that_are_not_shown_keep_their_change(rules, view_of):
    """Another bank's field is changed while this bank's is shown; going back to the value in force takes it out."""
    held = {"changes": {"policies.science.lgd": 30.0}, "others": {}}
    ids = [{"type": "reform-field", "key": key} for key in (CAP, "stages.startup_below_wan")]
    both = reform_acts.keep_change(view_of(), [20, 500], ids, held)
    assert both["changes"] == {"policies.science.lgd": 30.0, CAP: 20.0}
    back = reform_acts.keep_change(view_of(), [300, ""], ids, both)
    assert back["changes"] == {"policies.science.lgd": 30.0}


def test_the_summary_says_what_is_changed_and_the_button_follows(rules, view_of):
    """In words with both values; a value that is not allowed is named and stops the run."""
    shown, off, _ = reform_acts.show_summary(view_of(), *options(CAPS))
    assert "标准示例银行 · 阶段额度上限（万元） · 初创期：300 万元 → 20 万元" in words(shown)
    assert off is False
    shown, off, _ = reform_acts.show_summary(view_of(), *options({"policies.standard.pd_cutoff": 300.0}))
    assert "违约概率上限：填写的是 300%，允许：大于 0%，至 100%" in words(shown)
    assert off is True


def test_undue_lengths_and_odd_digits_from_a_browser_are_words_and_take_no_time(rules, view_of):
    """A name of 2 MB took the process eight seconds; a superscript two is a digit but no number."""
    began = time.thread_time()
    reform_acts.show_summary(view_of(), *options(name="n" * 2_000_000))
    assert time.thread_time() - began < 2.0
    _, off, _ = reform_acts.show_summary(view_of(), *options(sample="²"))
    assert off


def test_a_run_is_a_job_of_its_owner_with_the_files_of_the_command(rules, view_of, jobs):
    """The address of the job comes back; the job holds both YAML files, banks and sample; the act is recorded."""
    view = view_of()
    where = reform_acts.run_reform(view, 1, [], [], *options(CAPS))
    (job,) = jobs.of("one")
    assert where == f"/console/reform/jobs/{job.job_id}"
    assert (job.kind, job.name, job.body["file"], job.body["banks"], job.body["quick"]) == (
        "reform", "提高上限", "提高上限", ["standard"], 2000,
    )  # fmt: skip
    written = yaml.safe_load(job.body["reform"])
    assert written["policies"] == {"standard": {"stage_cap_wan": {"startup": 20}, "expert_cap_wan": {"startup": 20}}}
    assert view.records == [("job_started", job.job_id)]


def test_a_number_that_was_filled_in_last_is_in_the_run(rules, view_of, jobs):
    """Also where the button was pressed before the store had it."""
    ids = [{"type": "reform-field", "key": CAP}]
    reform_acts.run_reform(view_of(), 1, [250], ids, *options())
    (job,) = jobs.of("one")
    assert yaml.safe_load(job.body["reform"])["policies"] == {"standard": {"stage_cap_wan": {"startup": 250}}}


def test_nothing_runs_that_the_summary_refuses(rules, view_of, jobs):
    """The button's state is no check."""
    with pytest.raises(Refusal) as refused:
        reform_acts.run_reform(view_of(), 1, [], [], *options({CAP: 20.0}))  # below the expert cap of 100
    assert "专家额度上限不得高于阶段额度上限" in refused.value.text[0]
    assert jobs.of("one") == []


def test_a_saved_file_fills_the_form_again_and_saves_the_same_bytes(rules, view_of):
    """Round trip: saved, loaded, saved."""
    changes = {
        **CAPS,
        "stages.startup_below_wan": 800.0,
        "policies.standard.pd_cutoff": 6.0,
        "weights.growth.rd_intensity": 9.5,
    }
    saved = reform_acts.save_reform(view_of(), 1, [], [], *options(changes, void=True))
    content = "data:x;base64," + base64.b64encode(saved["content"].encode()).decode()
    _, held, name, void, _ = reform_acts.load_reform(view_of(), content, saved["filename"])
    assert (held["changes"], name, void) == (changes, "提高上限", True)
    again = reform_acts.save_reform(view_of(), 1, [], [], held, *options(void=void)[1:])
    assert again == saved


@pytest.mark.parametrize(
    ("content", "key", "said"),
    [
        (b"policies: {standard: {pd_cutof: 1}}", "invalid-request", "policies.standard"),
        (b"\xff\xfe", "invalid-request", "saved.yaml"),
        (b"models: other\n", "invalid-request", "只能使用本版本的模型和数据"),
        (b"a" * 110_000, "body-too-large", ""),
    ],
    ids=["lever", "bytes", "other models", "size"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(rules, view_of, content, key, said):
    """And the form stays as it is."""
    with pytest.raises(Refusal) as refused:
        reform_acts.load_reform(view_of(), "data:x;base64," + base64.b64encode(content).decode(), "saved.yaml")
    assert refused.value.key == key
    assert said in refused.value.text[0] or "标准示例银行" in refused.value.text[0]


def test_a_form_starts_from_an_own_job_and_from_no_others(rules, view_of, jobs):
    """Another person's job is not found."""
    reform_acts.run_reform(view_of(), 1, [], [], *options(CAPS))
    (job,) = jobs.of("one")
    page = reform_form.form_page(view_of(query={"job": job.job_id}))
    assert found(page, "reform-changes").data["changes"] == CAPS
    assert found(page, "reform-name").value == "提高上限"
    with pytest.raises(Refusal) as refused:
        reform_form.form_page(view_of("other", query={"job": job.job_id}))
    assert refused.value.key == "not-found"
