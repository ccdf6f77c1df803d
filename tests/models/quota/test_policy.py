"""A bank's policy file: what it must hold, what contradicts itself, and how the files of a folder are read."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from data.codebook import reference_path
from models.quota.policy import CertificateTerms, CreditPolicy, PolicyError, read_policies, read_policy

pytestmark = pytest.mark.contract
STANDARD = yaml.safe_load(reference_path("policies/standard.yaml").read_text(encoding="utf-8"))
STANDARD_READ = CreditPolicy.model_validate(STANDARD).model_dump(mode="json")
PRODUCT = STANDARD["products"]["zheke"]


def write(folder, name, **changed):
    """A copy of the standard policy with some members changed."""
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(STANDARD | changed, allow_unicode=True), encoding="utf-8")
    return path


def test_without_a_path_the_standard_bank_s_policy_is_read():
    """The same file by its path; its names are Chinese and English."""
    policy = read_policy()
    assert policy == read_policy(reference_path("policies/standard.yaml"))
    assert (policy.bank_id, policy.version, policy.name_zh) == ("standard", "standard-2024.3", "标准示例银行")
    assert policy.certificate == CertificateTerms()
    assert policy.lowest_annual_rate == 0.0410  # of 4.35 % and 4.10 %


def test_a_file_that_is_no_policy_is_named_with_every_fault(tmp_path):
    """Not there, no YAML, no policy, not even text."""
    with pytest.raises(PolicyError, match=r"^nowhere\.yaml is no bank policy: .*No such file"):
        read_policy(tmp_path / "nowhere.yaml")
    (tmp_path / "broken.yaml").write_text("a: [1", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"^broken\.yaml is no bank policy: (.|\n)*expected ',' or '\]'"):
        read_policy(tmp_path / "broken.yaml")
    with pytest.raises(PolicyError, match=r"^one\.yaml is no bank policy: 2 validation errors(.|\n)*lgd(.|\n)*strain"):
        read_policy(write(tmp_path, "one", lgd=2.0, strain=0.0))


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"stage_cap_wan": {"startup": 300, "growth": 500}},
         "stage_cap_wan lacks stable; stages are startup, growth, stable"),
        ({"expert_cap_wan": {"startup": 100}},
         "expert_cap_wan lacks growth, stable; stages are startup, growth, stable"),
        ({"expert_cap_wan": {"startup": 100, "growth": 501, "stable": 500}},
         "expert_cap_wan of growth is 501, above its stage_cap_wan 500"),
        ({"excluded_industries": ["software", "mining"]}, "excluded_industries has mining; industries are digital_sec"),
        ({"risk_premium": 0.8, "utilisation": 0.5}, "risk_premium * utilisation is 0.4; it must be below lgd 0.4"),
        ({"funding_rate": 0.042},
         "funding_rate 0.042, annual_rate 0.041 of zheke and max_annual_rate 0.072 must rise in this order"),
        ({"max_annual_rate": 0.0434},
         "funding_rate 0.019, annual_rate 0.0435 of innovation_points and max_annual_rate 0.0434 must rise"),
        ({"products": {"zheke": PRODUCT | {"min_tenor_months": 37}}},
         "min_tenor_months 37 of zheke is above its max_tenor_months 36"),
        ({"overdue_refer_days": 91}, "overdue_refer_days 91 is above overdue_decline_days 90"),
    ],
)  # fmt: skip
def test_a_policy_that_contradicts_itself_is_refused(tmp_path, changed, fault):
    """Which members, what was found, what is allowed."""
    with pytest.raises(PolicyError) as caught:
        read_policy(write(tmp_path, "policy", **changed))
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91000000000032934u", "characters u are not in the USCC alphabet"),
        (" 91000000000032934U", "a USCC has 18 characters, this has 19"),
        ("91000000000032934", "a USCC has 18 characters, this has 17"),
        ("x", "a USCC has 18 characters, this has 1"),
        ("91000000000032934T", r"check digit (position 18) is T, expected U"),
    ],
)
def test_a_listed_firm_is_a_checked_code(tmp_path, code, fault):
    """A mistyped code would exclude nobody; the right one beside it is taken."""
    with pytest.raises(PolicyError) as caught:
        read_policy(write(tmp_path, "policy", exclusion_list=["91000000000032934U", code]))
    assert fault in str(caught.value)
    assert "exclusion_list.1" in str(caught.value)
    assert "exclusion_list.0" not in str(caught.value)
    taken = read_policy(write(tmp_path, "taken", exclusion_list=["91000000000032934U"]))
    assert taken.exclusion_list == ("91000000000032934U",)


@pytest.mark.parametrize(
    ("changed", "most"),
    [
        ({"min_quota_wan": 1001}, "1,000"),  # the cap of the stable stage, whole under one of the products
        ({"min_quota_wan": 1000.5}, "1,000"),
        ({"min_quota_wan": 801, "exposure_cap_wan": 800.9}, "800"),
        ({"min_quota_wan": 301, "products": {"zheke": PRODUCT | {"cap_share": 0.3}}}, "300"),
        ({"min_quota_wan": 1001, "stage_cap_wan": STANDARD["stage_cap_wan"] | {"old": 5000}}, "1,000"),
    ],
)
def test_a_policy_that_can_never_approve_is_refused(changed, most):
    """Its smallest quota is above what the caps leave to anybody; in whole 10,000 yuan, as quotas are."""
    with pytest.raises(ValidationError) as caught:
        CreditPolicy.model_validate(STANDARD | changed)
    (fault,) = caught.value.errors()
    assert (fault["loc"], fault["input"]) == (("min_quota_wan",), changed["min_quota_wan"])
    zh, en = fault["ctx"]["error"].text
    assert en.startswith(f"at most {most}, which is the smaller of exposure_cap_wan and the largest stage_cap_wan")
    assert zh.startswith(f"应不大于 {most}（")
    assert CreditPolicy.of_record(STANDARD | changed).min_quota_wan == changed["min_quota_wan"]
    CreditPolicy.model_validate(STANDARD | changed | {"min_quota_wan": int(most.replace(",", ""))})


def test_a_policy_that_can_never_approve_names_its_other_faults_too():
    with pytest.raises(ValidationError) as caught:
        CreditPolicy.model_validate(STANDARD | {"min_quota_wan": 5000, "overdue_refer_days": 91})
    first, second = caught.value.errors()
    assert (first["loc"], second["loc"], caught.value.title) == (("min_quota_wan",), (), "CreditPolicy")
    assert second["input"] == STANDARD_READ | {"min_quota_wan": 5000, "overdue_refer_days": 91}  # the whole, as JSON
    assert "overdue_refer_days 91 is above" in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "where", "zh", "en"),
    [
        ({"products": {"zheke": PRODUCT | {"purposes": ["equipment", "export_orders", "equipment"]}}},
         ("products", "zheke", "purposes"),
         "每项用途只列一次（重复：equipment）", "each purpose once, not equipment again"),
        ({"exclusion_list": ["91000000000032934U"] * 2}, ("exclusion_list",),
         "每家企业只列一次（重复：91000000000032934U）", "each firm once, not 91000000000032934U again"),
    ],
)  # fmt: skip
def test_what_a_list_names_twice_is_its_fault(changed, where, zh, en):
    """Each item that is there more than once is named, no other; a recorded policy keeps it."""
    with pytest.raises(ValidationError) as caught:
        CreditPolicy.model_validate(STANDARD | changed)
    (fault,) = caught.value.errors()
    assert fault["loc"] == where
    assert fault["ctx"]["error"].text == (zh, en)
    CreditPolicy.of_record(STANDARD | changed)


@pytest.mark.parametrize(
    ("changed", "where", "kind"),
    [
        ({"products": {"zheke": PRODUCT | {"purposes": ["x"]}}}, ("products", "zheke", "purposes", 0), "literal_error"),
        ({"products": {"zheke": PRODUCT | {"purposes": []}}}, ("products", "zheke", "purposes"), "too_short"),
        ({"certificate": {"rho": [2]}}, ("certificate", "rho", 0), "less_than"),
        ({"certificate": {"rho": []}}, ("certificate", "rho"), "too_short"),
    ],
)
def test_a_wrong_item_of_a_list_is_its_one_fault(changed, where, kind):
    """That an item is lacking is said of an empty list alone."""
    with pytest.raises(ValidationError) as caught:
        CreditPolicy.model_validate(STANDARD | changed)
    (fault,) = caught.value.errors()
    assert (fault["loc"], fault["type"]) == (where, kind)
    if kind == "too_short":
        assert fault["msg"] == "Tuple should have at least 1 item after validation, not 0"


def test_a_recorded_policy_stays_readable():
    """A check that came after a proposal refuses a new policy of this kind, and reads the recorded one unchanged."""
    body = STANDARD | {"exclusion_list": ["x"]}
    assert CreditPolicy.of_record(body).exclusion_list == ("x",)
    with pytest.raises(ValidationError):
        CreditPolicy.model_validate(body)
    with pytest.raises(ValidationError):
        CreditPolicy.of_record(body | {"lgd": 2.0})


def test_a_policy_at_its_own_limits_is_taken(tmp_path):
    """Equal ends are no contradiction; every fault of one that has several is named."""
    taken = write(
        tmp_path, "policy", overdue_refer_days=90, funding_rate=0.0410, max_annual_rate=0.0435,
        expert_cap_wan=STANDARD["stage_cap_wan"], products={"zheke": PRODUCT | {"min_tenor_months": 36}},
    )  # fmt: skip
    assert read_policy(taken).products["zheke"].min_tenor_months == 36
    with pytest.raises(PolicyError, match=r"must rise in this order; overdue_refer_days 91 is above"):
        read_policy(write(tmp_path, "two", funding_rate=0.042, overdue_refer_days=91))


def test_the_policies_of_a_folder_come_in_the_order_of_their_banks(tmp_path):
    """Whatever the files are called; other files are left alone, and the shipped ten come without a folder."""
    for name, bank in (("1", "c"), ("2", "a"), ("3", "b")):
        write(tmp_path, name, bank_id=bank, version=f"v-{name}")
    (tmp_path / "notes.txt").write_text("no policy", encoding="utf-8")
    assert [policy.version for policy in read_policies(tmp_path)] == ["v-2", "v-3", "v-1"]
    shipped = read_policies()
    assert isinstance(shipped, tuple)
    assert [policy.bank_id for policy in shipped] == sorted(
        path.stem for path in reference_path("policies").glob("*.yaml")
    )
    assert len(shipped) == 10


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ({"bank_id": "a", "version": "v-2"}, r"^banks: bank_id \['a'\] is in more than one policy file$"),
        ({"bank_id": "b", "version": "v-1"}, r"^banks: version \['v-1'\] is in more than one policy file$"),
    ],
)
def test_a_bank_or_a_version_in_two_files_is_an_error(tmp_path, second, fault):
    """Which one is meant, nobody could say."""
    folder = tmp_path / "banks"
    folder.mkdir()
    write(folder, "one", bank_id="a", version="v-1")
    write(folder, "three", bank_id="c", version="v-3")
    write(folder, "two", **second)
    with pytest.raises(PolicyError, match=fault):
        read_policies(folder)


def test_two_policies_share_a_digest_only_where_all_is_the_same():
    """One cap more, same version: another digest."""
    policy = read_policy()
    assert policy.digest == CreditPolicy.model_validate(STANDARD).digest
    assert policy.digest != policy.model_copy(update={"el_budget_wan": 4.1}).digest
