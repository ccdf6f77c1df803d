from __future__ import annotations

import subprocess
import sys

import pytest

from data.arithmetic import choose_kernels, processor_flags


@pytest.mark.law
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), {"OPENBLAS_NUM_THREADS": "1"}),
        (("avx2", "fma"), {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}),
        (
            ("avx2", "avx512f", "avx512_vbmi2"),
            {
                "OPENBLAS_NUM_THREADS": "1",
                "OPENBLAS_CORETYPE": "Haswell",
                "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL",
            },
        ),
    ],
)
def test_every_processor_with_avx2_gets_the_same_kernels(flags, expected):
    """Nothing is named that the processor lacks."""
    environment: dict[str, str] = {}
    choose_kernels(frozenset(flags), environment)
    assert environment == expected


@pytest.mark.law
def test_what_the_user_chose_is_left():
    """A setting of one's own wins."""
    environment = {"OPENBLAS_CORETYPE": "Zen", "NPY_DISABLE_CPU_FEATURES": ""}
    choose_kernels(frozenset({"avx2", "avx512f"}), environment)
    assert environment["OPENBLAS_CORETYPE"] == "Zen"
    assert environment["NPY_DISABLE_CPU_FEATURES"] == ""


@pytest.mark.contract
def test_flags_are_read_where_linux_lists_them(tmp_path):
    """A missing list is an empty set."""
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor\t: 0\nflags\t\t: fpu avx2 fma\n", encoding="utf-8")
    assert processor_flags(listing) == {"fpu", "avx2", "fma"}
    assert processor_flags(tmp_path / "absent") == frozenset()


@pytest.mark.law
def test_numpy_accepts_every_name_of_this_processor():
    """NumPy warns of a feature that it or the processor does not have; as an error here."""
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "from data.arithmetic import choose_kernels, processor_flags\n"
        "choose_kernels(processor_flags())\n"
        "import numpy\n"
        "print(numpy.exp(1.0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
