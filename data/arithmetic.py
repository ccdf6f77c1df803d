"""The same last bits on every x86 processor with AVX2: set before NumPy is imported, for it reads them only then.

OpenBLAS picks its kernels, and NumPy its vector code, by the processor that it finds; another kernel adds in another
order. Naming one of each makes the artefacts of two machines equal byte for byte. Nothing is set where the processor
lacks it, or where the user has chosen already.
"""

from __future__ import annotations

import os
from pathlib import Path

# Vector code beyond AVX2 by its name in NumPy, and the processor flag without which NumPy would warn of the name.
BEYOND_AVX2 = {"X86_V4": "avx512f", "AVX512_ICL": "avx512_vbmi2", "AVX512_SPR": "avx512_fp16"}


def choose_kernels(flags: frozenset[str], environment: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Set OPENBLAS_CORETYPE, OPENBLAS_NUM_THREADS and NPY_DISABLE_CPU_FEATURES for a processor with these flags."""
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "avx2" not in flags:
        return
    environment.setdefault("OPENBLAS_CORETYPE", "Haswell")
    beyond = [name for name, flag in BEYOND_AVX2.items() if flag in flags]
    if beyond:
        environment.setdefault("NPY_DISABLE_CPU_FEATURES", " ".join(beyond))


def processor_flags(listing: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The processor's flags as Linux lists them; none on another system."""
    try:
        lines = listing.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return next((frozenset(line.split(":")[1].split()) for line in lines if line.startswith("flags")), frozenset())
