"""Codes of standards are facts: a few rows are checked against the published text."""

from __future__ import annotations

import re

import pytest

from data.chain.standards import gb4754_classes, ipc_subclasses, standards, strategic_paths
from data.codebook import reference_path

pytestmark = pytest.mark.contract


def test_classes_of_gb4754():
    classes = gb4754_classes()
    assert len(classes) == 1382
    assert all(re.fullmatch(r"\d{4}", code) and name for code, name in classes.items())
    assert classes["3915"] == "信息安全设备制造"
    assert classes["6450"] == "互联网数据服务"
    assert classes["6550"] == "信息处理和存储支持服务"
    assert "3990" in classes
    assert "391" not in classes


def test_subclasses_of_the_ipc():
    subclasses = ipc_subclasses()
    assert all(re.fullmatch(r"[A-H]\d{2}[A-Z]", code) and title for code, title in subclasses.items())
    assert {"G08B", "H04N", "G06V", "A61B", "G16H", "C12N", "H04W", "G16Y", "H01L", "C01G"} <= set(subclasses)
    assert "Z99Z" not in subclasses


def test_strategic_paths_are_of_known_classes():
    """The two potential links of life and health are one path of the classification, each in part."""
    found = strategic_paths()
    assert set(found) <= set(gb4754_classes())
    assert sum(len(paths) for paths in found.values()) == 939
    assert len({one.path for paths in found.values() for one in paths}) == 305
    services = ("生物产业", "生物医学工程产业", "生物医学工程信息技术服务")
    assert [one.partial for code in ("6450", "6550") for one in found[code] if one.path == services] == [True, True]


def test_every_file_of_codes_has_its_source():
    for standard in standards():
        assert reference_path(standard.file).is_file()
        assert standard.issuer
        assert standard.title
