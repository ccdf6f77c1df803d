from __future__ import annotations

import pytest

from data.codebook import read_codebook
from models.points.step_prices import read_costs
from models.quota.engine import read_policies
from models.reform.levers import Packed
from models.reform.read import StudyError, other_sources, policy_files, read_study, read_yaml


@pytest.fixture(scope="module")
def packed(trained) -> Packed:
    return Packed(trained.engine, {one.bank_id: one for one in read_policies()}, read_costs(read_codebook()))


@pytest.fixture
def files(tmp_path):
    """Writes YAML files and gives their paths."""

    def write(**texts: str):
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return [tmp_path / f"{name}.yaml" for name in texts]

    return write


@pytest.mark.behaviour
def test_a_study_is_read_with_names_levers_request_and_sweep(packed, files):
    baseline, reform = files(
        baseline="name: {zh: 现行, en: Now}\nrequest: {requested_cny: 3000000, tenor_months: 24}\n",
        more="policies: {standard: {pd_cutoff: 6 %}}\n"
        "sweep: {lever: policies.standard.pd_cutoff, values: [4 %, 0.06]}\n",
    )
    study = read_study(baseline, [reform], packed, ["standard", "science"])
    assert (study.baseline.name_zh, study.requested.requested_cny, study.requested.tenor_months) == (
        "现行",
        3_000_000,
        24,
    )
    assert study.reforms[0].key == "more"
    assert study.rules["more"].policies["standard"].pd_cutoff == 0.06
    assert [study.rules[f"more@{at}"].policies["standard"].pd_cutoff for at in (0, 1)] == [0.04, 0.06]
    assert read_study(baseline, [reform], packed, ["all"]).banks == tuple(packed.policies)


@pytest.mark.behaviour
def test_a_bank_s_whole_policy_may_be_a_file_and_an_empty_file_is_the_release(packed, files, tmp_path):
    whole = packed.policies["standard"].model_copy(update={"min_raroc": 0.09}).model_dump_json()
    (tmp_path / "policy.yaml").write_text(whole, encoding="utf-8")  # JSON is YAML
    baseline, reform = files(baseline="", new="policies: {standard: policy.yaml}\n")
    study = read_study(baseline, [reform], packed)
    assert study.reforms[0].levers.nested() == {"policies": {"standard": {"min_raroc": 0.09}}}
    assert study.baseline.levers.values == {}


@pytest.mark.contract
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wieghts: {}", r"bad.yaml: wieghts: found wieghts; allowed: one of \['name', 'sweep', 'weights'"),
        (
            "policies: {standard: {lgd: 3}}",
            r"bad.yaml: policies.standard.lgd: found 3.0; allowed: 1 or less",
        ),
        ("policies: {standard: {lgd: [1]}}", r"bad.yaml: policies.standard.lgd: found \[1\]; allowed: a number"),
        ("stages: {startup_below_wan: 5000}", r"bad.yaml: stages: found .*5,000.*; allowed: 0 < startup_below_wan <"),
        ("stages: {a: 1}\nstages: {b: 2}", r"bad.yaml cannot be read: .*'stages' is given twice"),
        ("- weights", r"bad.yaml: found list; allowed: sections of levers"),
        ("a: [", r"bad.yaml cannot be read"),
        ("request: {tenor_months: 12}", r"bad.yaml: request: found request; allowed"),
        ("name: {fr: x}", r"bad.yaml: name.fr: found fr; allowed: one of \['zh', 'en'\]"),
        ("policies: {standard: {lgd: 300 %}}", r"policies.standard.lgd: found 300 %; allowed: 1 or less"),
        ("policies: {'*': {lgd: '3e0'}}", r"policies.[a-z]+.lgd: found 3e0; allowed: 1 or less"),
        (
            "policies: {standard: {lgd: 40 %}}\nsweep: {lever: policies.standard.lgd, values: [45 %, 300 %]}",
            r"bad.yaml: sweep, value 300 %: policies.standard.lgd: found 300 %; allowed: 1 or less",
        ),
        (
            "policies: {standard: {el_budget_cny: '4,00,00'}}",
            r"bad.yaml: policies.standard.el_budget_wan: found 4,00,00 cny; allowed: a number, commas between thousan",
        ),
        (
            "weights: {growth: {rd_intensity: 31}}\nweight_bounds: {largest_base_share: 30 %}",
            r"bad.yaml: weights.growth.rd_intensity: found 31; allowed: 0 to 30 points, by weight_bounds.largest",
        ),
        ("sweep: {values: [1]}", r"bad.yaml: sweep.lever: found nothing; allowed: the path of a lever, such as"),
        ("sweep: {lever: policies.standard.lgd}", r"bad.yaml: sweep.values: found None; allowed: a list of values"),
        (
            "sweep: {lever: policies.standard.lgdd, values: [1]}",
            r"bad.yaml: sweep, value 1: policies.standard.lgdd: found",
        ),
        (
            "sweep: {lever: policies.standard.lgd, values: [45 %, 50 %, 0.450]}",
            r"bad.yaml: sweep.values: found 0.45, which is there already; allowed: each value once",
        ),
        (
            "sweep: {lever: policies.standard.expert_cap_wan.growth, values: [9000]}",
            r"bad.yaml: sweep, value 9000: policies.standard.expert_cap_wan.\w+: found 9,000; allowed: [\d,]+ or less",
        ),
        (
            "policies: {standard: {bank_id: other}}",
            r"bad.yaml: policies.standard.bank_id: found other; allowed: standard: it names the policy and is no lever",
        ),
        ("policies: {'*': {version: next}}", r"bad.yaml: policies.\*.version: found next; allowed: .* and is no lever"),
        ("name: {zh: , en: }", r"bad.yaml: name.zh: found nothing; allowed: a text"),
        ("name: {zh: 新, en: ' '}", r"bad.yaml: name.en: found  ; allowed: a text"),
        ("name: {zh: [1]}", r"bad.yaml: name.zh: found \[1\]; allowed: a text"),
        ("policies: {standard: gone.yaml}", r"gone.yaml cannot be read"),
        ("policies: {standard: ../gone.yaml}", r"bad.yaml: policies.standard: found ../gone.yaml; allowed: .* folder"),
        ("policies: {standard: /gone.yaml}", r"bad.yaml: policies.standard: found /gone.yaml; allowed: .* folder"),
        (
            "policies: {standard: {lgd: 1e999}}",
            r"bad.yaml: policies.standard.lgd: found 1e999; allowed: a finite number",
        ),
        (
            "policies: {standard: {base_need_cny: -2e99 cny}}",
            r"base_need_cny: found -2e99 cny; allowed: a finite number",
        ),
        ("policies: {standard: {el_budget_wan: .inf}}", r"el_budget_wan: found inf; allowed: a finite number"),
        ("policies: {standard: {lgd: " + 5_000 * "1" + "}}", r"bad.yaml cannot be read: Exceeds the limit"),
        ("policies: " + 2_000 * "[" + 2_000 * "]", r"bad.yaml: found too many levels; allowed: 12"),
        ("name: &a {zh: *a}", r"bad.yaml: name.zh.*: found more than 12 levels; allowed: 12"),
        ('name: "\\ud800"', r"bad.yaml cannot be read: .*\n.*\n?.*invalid Unicode character"),
        ('name: "\\a"', r"bad.yaml: name: found '.x07'; allowed: characters that can be printed"),
        (
            "\n".join(f"a{n}: &a{n} [" + ", ".join(9 * [f"*a{n - 1}" if n else "x"]) + "]" for n in range(9)),
            r"bad.yaml: a8: found more than 20000 values, aliases written out",
        ),
    ],
    ids=lambda text: text[:60],
)
def test_what_is_wrong_with_a_file_is_named_by_file_key_found_and_allowed(packed, files, text, message):
    baseline, bad = files(baseline="", bad=text)
    with pytest.raises(StudyError, match=message):
        read_study(baseline, [bad], packed)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("study", "policy", "message"),
    [
        (
            "standard: p.yaml",
            "pd_cutofff: 0.06",
            r"p.yaml: policies.standard.pd_cutofff: found pd_cutofff; allowed: one",
        ),
        (
            "standard: p.yaml",
            "lgd: 300 %",
            r"p.yaml: policies.standard.lgd: found 300 %; allowed: 1 or less",
        ),
        ("standard: p.yaml", "lgd: [1]", r"p.yaml: policies.standard.lgd: found \[1\]; allowed: a number"),
        ("standard: p.yaml", "expert_cap_cny: {x: 1}", r"p.yaml: policies.standard.expert_cap_wan.x: found x; allowed"),
        ("'*': p.yaml", "lgdd: 1", r"p.yaml: policies.\*.lgdd: found lgdd; allowed: one of"),
        ("'*': p.yaml", "lgd: 3", r"p.yaml: policies.[a-z]+.lgd: found 3.0; allowed: 1 or less"),
        (
            "{'*': p.yaml, standard: {min_raroc: 1}}",
            "lgd: 3",
            r"p.yaml: policies.[a-z]+.lgd: found 3.0; allowed: 1 or",
        ),
        (
            "{'*': p.yaml, standard: {lgd: 3}}",
            "lgd: 0.4",
            r"bad.yaml: policies.standard.lgd: found 3.0; allowed: 1 or",
        ),
        (
            "{standard: p.yaml, science: {lgd: 3}}",
            "lgd: 0.4",
            r"bad.yaml: policies.science.lgd: found 3.0; allowed: 1 ",
        ),
        ("{standard: p.yaml, nobody: {}}", "", r"bad.yaml: policies.nobody: found nobody; allowed: one of"),
        ("nobody: p.yaml", "", r"bad.yaml: policies.nobody: found nobody; allowed: one of"),
    ],
)
def test_what_is_wrong_within_a_policy_s_file_is_named_by_that_file(packed, files, study, policy, message):
    """And what the study's own file says beside it, by its own."""
    study = study if study.startswith("{") else f"{{{study}}}"
    baseline, bad, _ = files(baseline="", bad=f"policies: {study}", p=policy)
    with pytest.raises(StudyError, match=rf"^{message}"):
        read_study(baseline, [bad], packed)


@pytest.mark.contract
def test_a_stack_of_a_bound_and_a_weight_above_it_is_refused(packed, files):
    """Each can be by itself; together they exclude one another."""
    baseline, bound, named = files(
        baseline="", bound="weight_bounds: {largest_base_share: 30 %}", named="weights: {growth: {rd_intensity: 40}}"
    )
    assert len(read_study(baseline, [bound, named], packed).rules) == 3
    with pytest.raises(
        StudyError, match=r"^bound.yaml, named.yaml: weights.growth.rd_intensity: found 40; allowed: 0 "
    ):
        read_study(baseline, [bound, named], packed, stacked=True)


@pytest.mark.contract
def test_a_swept_value_beside_a_policy_s_file_is_the_study_s_and_leaves_the_file_s_other_members(packed, files):
    """The file has the swept lever too; its other members hold for every value of it."""
    sweep = "policies: {standard: p.yaml}\nsweep: {lever: policies.standard.lgd, values: [45 %, 50 %]}\n"
    baseline, more, bad, _ = files(
        baseline="", more=sweep, bad=sweep.replace("50 %", "300 %"), p="lgd: 40 %\nmin_raroc: 9 %\n"
    )
    rules = read_study(baseline, [more], packed).rules
    swept = [rules[name].policies["standard"] for name in ("more", "more@0", "more@1")]
    assert [(one.lgd, one.min_raroc) for one in swept] == [(0.40, 0.09), (0.45, 0.09), (0.50, 0.09)]
    with pytest.raises(StudyError, match=r"^bad.yaml: sweep, value 300 %: policies.standard.lgd: found 300 %; allowed"):
        read_study(baseline, [bad], packed)


@pytest.mark.contract
@pytest.mark.parametrize(
    "text",
    [
        "policies: {cautious: {pd_cutoff: 1 %}}",
        "sweep: {lever: policies.cautious.pd_cutoff, values: [1 %, 2 %]}",
    ],
)
def test_a_reform_of_a_bank_that_is_not_calculated_is_refused(packed, files, text):
    """It would seem to change nothing; beside a lever that is no bank's it is read."""
    baseline, cautious, both = files(baseline="", cautious=text, both=f"{text}\nstages: {{startup_below_wan: 600}}\n")
    message = (
        r"^cautious.yaml: policies: found changes only of banks that are not calculated \(cautious\); "
        r"allowed: --bank cautious, or a change that concerns standard, science$"
    )
    with pytest.raises(StudyError, match=message):
        read_study(baseline, [both, cautious], packed, ["standard", "science"])
    assert read_study(baseline, [cautious], packed, ["cautious"]).banks_missed("cautious") == ()
    assert read_study(baseline, [both], packed).banks_missed("both") == ()


@pytest.mark.contract
def test_a_bank_that_the_release_lacks_is_the_option_s_fault(packed, files):
    """No file is blamed, and no file has to be read for it."""
    baseline, more = files(baseline="", more="a: [")
    with pytest.raises(StudyError, match=r"^--bank: found nobank; allowed: all, or one or more of \['"):
        read_study(baseline, [more], packed, ["standard", "nobank"])


@pytest.mark.contract
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tenor_months: 90", r"request.tenor_months: found 90; allowed: 60 or less$"),
        ("product: gold", r"request.product: found gold; allowed: 'innovation_points' or 'zheke'$"),
        ("requested_cny: x", r"request.requested_cny: found x; allowed: a whole number$"),
        ("requested_cny: -5", r"request.requested_cny: found -5; allowed: "),
    ],
)
def test_a_request_that_no_service_would_take_is_refused(packed, files, text, message):
    with pytest.raises(StudyError, match=rf"^baseline.yaml: {message}"):
        read_study(files(baseline=f"request: {{{text}}}")[0], files(other="")[:1], packed)


@pytest.mark.contract
@pytest.mark.parametrize("name", ["index", "result", '"><svg onload=alert(1)>', "=1+1", "-a", "a,b"])
def test_a_reform_s_file_name_names_pages_and_rows_so_it_is_plain(packed, files, name):
    baseline, reform = files(**{"baseline": "", name: ""})
    with pytest.raises(StudyError, match=r"yaml: reform: found .*; allowed: a file name of letters"):
        read_study(baseline, [reform], packed)


@pytest.mark.contract
def test_a_reform_has_another_file_name_than_its_baseline(packed, files, tmp_path):
    """Copies of both go into one folder of the result."""
    (now,) = files(now="")
    other = tmp_path / "other/now.yaml"
    other.parent.mkdir()
    other.write_text("", encoding="utf-8")
    with pytest.raises(StudyError, match=r"reform: found the baseline's file name; allowed: a name of its own"):
        read_study(now, [other], packed)


@pytest.mark.contract
@pytest.mark.parametrize("section", ["policies: {standard: p.yaml}", "models: p.yaml"])
def test_two_files_of_one_name_are_refused_for_their_copies_would_be_one(packed, files, tmp_path, section):
    """Each study names the file in its own folder; the same file may be named twice."""
    paths = files(now="", same=section, again=section, p=packed.policies["standard"].model_dump_json())
    other = tmp_path / "other/more.yaml"
    other.parent.mkdir()
    other.write_text(section, encoding="utf-8")
    (other.parent / "p.yaml").write_text("{}", encoding="utf-8")
    kind = section.split(":")[0]
    read = other_sources if kind == "models" else policy_files
    found = read(paths[:3])
    assert (found["models"] if kind == "models" else found) == {"p.yaml": tmp_path / "p.yaml"}
    with pytest.raises(StudyError, match=rf"more.yaml: {kind}.*: found p.yaml, which is .*p.yaml too; allowed: a name"):
        read([*paths[:2], other])
    if kind == "policies":
        with pytest.raises(StudyError, match=r"found p.yaml, which is"):
            read_study(paths[0], [paths[1], other], packed)


@pytest.mark.contract
def test_an_absent_file_and_absent_models_are_named(packed, files, tmp_path):
    with pytest.raises(StudyError, match=r"gone.yaml cannot be read"):
        read_yaml(tmp_path / "gone.yaml")
    (newer,) = files(newer="models: nowhere\n")
    with pytest.raises(StudyError, match=r"newer.yaml: models: found nowhere; allowed: packed, or a path beside"):
        other_sources([newer])
    (tmp_path / "there").mkdir()
    assert other_sources(files(newer="models: there\n"))["models"] == {"there": tmp_path / "there"}
