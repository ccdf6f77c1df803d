from __future__ import annotations

from models.chain.removal import NodeLoss, Removal, Step
from models.chain.removal_texts import removal_texts


def test_every_kind_of_loss_is_a_sentence(chain):
    removal = Removal(
        "W4",
        (
            NodeLoss("camera", "only", 1.0, 0.0, 1.0, "revenue"),
            NodeLoss("lens", "main", 0.9, 2.3, 0.62, "patents"),
            NodeLoss("chip", "one_of_several", 0.7, 3.0, None, "revenue"),
        ),
        (Step(1, "operation", 1.0, 3, 0, True), Step(2, "idle", 4.0, 3, 2, False)),
        1.0,
    )
    assert removal_texts(removal, chain, "W4公司") == [
        ("W4公司是“camera环节”在库内唯一的企业。", "W4公司 is the only firm of “camera node” in this library."),
        (
            "W4公司占“lens环节”库内专利的 62%，另有约 2.3 家。",
            "W4公司 has 62% of the patents of “lens node” in this library; about 2.3 other firms are there.",
        ),
        ("“chip环节”另有约 3.0 家企业。", "“chip node” has about 3.0 other firms."),
        (
            "第 1 步：“operation环节”的 3 个上游环节全部断供，涉及企业约 1.0 家。",
            "Step 1: “operation node” loses all of its 3 upstream nodes; about 1.0 firms are affected.",
        ),
        (
            "第 2 步：“idle环节”的 3 个上游环节剩 2 个，涉及企业约 4.0 家。",
            "Step 2: of 3 upstream nodes of “idle node”, 2 are left; about 4.0 firms are affected.",
        ),
    ]


def test_a_firm_on_no_node_takes_nothing_along(chain):
    ((zh, en),) = removal_texts(Removal("W9", (), (), 0.0), chain, "W9")
    assert zh == "W9的归链概率均不足一半，退出不影响任何环节。"
    assert en.endswith("nothing is lost with it.")
