"""Section ``serving`` of params.yaml: read whole, and every key missing or unknown is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from serving.contract.instants import today_in
from serving.params import WORKERS, ServingParamsError, read_params

pytestmark = pytest.mark.contract
SHIPPED = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["serving"]


def read(folder, section):
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump({"serving": section}), encoding="utf-8")
    return read_params(path)


def test_the_section_is_read_as_it_is_written(tmp_path):
    """Each number as in the file, also where the watch takes it; today is the zone's."""
    params = read(tmp_path, SHIPPED | {"burst": 7.5, "drift_false_alarm_rate": 0.02, "zone": "Pacific/Kiritimati"})
    assert params.burst == 7.5
    assert params.watch.false_alarm_rate == 0.02
    assert params.today() == today_in("Pacific/Kiritimati")


def test_workers_share_the_rate_of_false_alarms(tmp_path, monkeypatch):
    """Four watches at a fourth of .02 each: by Boole's inequality any of them alarms in at most .02 of cases."""
    params = read(tmp_path, SHIPPED | {"drift_false_alarm_rate": 0.02})
    monkeypatch.setenv(WORKERS, "4")
    assert params.watch.false_alarm_rate == 0.005


def test_every_missing_and_unknown_key_is_named(tmp_path):
    """Both lists at once."""
    section = {key: value for key, value in SHIPPED.items() if key not in ("burst", "zone")} | {"brust": 1.0}
    with pytest.raises(ServingParamsError, match=r"missing \['burst', 'zone'\], unknown \['brust'\]"):
        read(tmp_path, section)


@pytest.mark.parametrize("zone", ["Asia/Shangai", "", 8, None])
def test_a_zone_that_there_is_not_is_refused(tmp_path, zone):
    """By name, when the service starts and not at the first request."""
    with pytest.raises(ServingParamsError, match="is no zone of the tz database"):
        read(tmp_path, SHIPPED | {"zone": zone})


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_checkpoints_need_time_between_them(tmp_path, seconds):
    """0 seconds, fewer, or no number at all."""
    with pytest.raises(ServingParamsError, match="checkpoint_every_s"):
        read(tmp_path, SHIPPED | {"checkpoint_every_s": seconds})


@pytest.mark.parametrize("text", ["risk: {}", "[1", "- 1", ""])
def test_a_file_without_the_section_is_an_error_of_its_name(tmp_path, text):
    """No section, no YAML, no mapping, nothing; and no file."""
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    for file in (path, tmp_path / "none.yaml"):
        with pytest.raises(ServingParamsError, match="no readable section serving"):
            read_params(file)


@pytest.mark.parametrize("section", [None, 3, "text", []])
def test_a_section_without_members_is_named(tmp_path, section):
    """Not a traceback of Python's own."""
    with pytest.raises(ServingParamsError, match="no readable section serving"):
        read(tmp_path, section)
