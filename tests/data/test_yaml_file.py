"""YAML that people write, and YAML that somebody wrote to end the process."""

import pytest
import yaml

from data.yaml_file import DEEPEST, LARGEST_BYTES, GivenTwiceError, TooDeepError, read_yaml_file


def written(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_what_a_file_holds(tmp_path):
    path = written(tmp_path, "a: {b: 1, c: [0.5, 是]}\n2026-01-01: yes\n")
    assert list(read_yaml_file(path).values()) == [{"b": 1, "c": [0.5, "是"]}, True]


@pytest.mark.parametrize(
    "text", ["a: 1\nb: 2\na: 3\n", "x: {a: 1, 'a': 2}\n", "1: x\n0x1: y\n", "2026-01-01: x\n2026-01-01: y\n"]
)
def test_a_key_is_given_once(tmp_path, text):
    """Also where it is written in two ways."""
    with pytest.raises(GivenTwiceError, match="is given twice") as caught:
        read_yaml_file(written(tmp_path, text))
    assert caught.value.problem_mark is not None


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * (DEEPEST + 1) + "}" * (DEEPEST + 1)])
def test_a_file_of_many_levels_is_refused_before_it_is_built(tmp_path, text):
    """Building 100,000 levels ends the process."""
    with pytest.raises(TooDeepError, match=f"more than {DEEPEST} levels"):
        read_yaml_file(written(tmp_path, text))


def test_as_many_levels_as_are_allowed(tmp_path):
    value = read_yaml_file(written(tmp_path, "[" * DEEPEST + "]" * DEEPEST))
    for _ in range(DEEPEST - 1):
        (value,) = value
    assert value == []


@pytest.mark.parametrize("text", [b"x" * (LARGEST_BYTES + 1), b"\xff\xfe\xfa"])
def test_too_large_and_no_text(tmp_path, text):
    with pytest.raises(ValueError, match=r"bytes|utf-8"):
        read_yaml_file(written(tmp_path, text))


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "a: [", "? [1, 2]\n: 3\n"])
def test_what_is_no_plain_yaml(tmp_path, text):
    with pytest.raises(yaml.YAMLError):
        read_yaml_file(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_yaml_file(tmp_path / "absent.yaml")
