"""The imaging claims: one patient against a full SimpleITK series read, in one run, as ratios.

    make bench

Each pair of processes runs in turn, so that both meet the same machine; what counts is the median of the ratios.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from paired import HEAD, Run, compare, run

HERE = Path(__file__).resolve().parent
OPEN_DELAY_US = 3000


@dataclass(frozen=True)
class Claim:
    """A ratio that must not be exceeded."""

    words: str
    most: float
    ours: str
    figure: Callable[[Run], float]
    slow: bool = False


CLAIMS = (
    Claim("index + measure, wall time of the process", 1 / 4, "bonehold", lambda run: run.wall_s),
    Claim("index + measure, peak memory", 1 / 8, "bonehold", lambda run: run.peak_mb),
    Claim("index alone, time after imports", 1 / 10, "index", lambda run: run.inside_s),
    Claim(
        f"index + measure, {OPEN_DELAY_US / 1000:g} ms per open",
        1 / 4,
        "bonehold",
        lambda run: run.wall_s,
        True,
    ),
    Claim(
        f"index alone, {OPEN_DELAY_US / 1000:g} ms per open", 1 / 10, "index", lambda run: run.inside_s, True
    ),
)


def main() -> int:
    """Print a row for each claim; the exit code says whether all hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7, help="pairs of runs for each claim (default 7)")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bonehold-bench-"))
    try:
        # not in this process: a child's peak memory begins with that of its parent
        subprocess.run([sys.executable, str(HERE / "imaging_case.py"), str(folder / "case")], check=True)
        shim = _slow_open(folder)
        print(
            "One patient: CT of 400 slices of 512 x 512, 9 regions on 6 slices; peer: SimpleITK full series read."
        )
        print(HEAD)
        held = [
            _show(claim, folder / "case", options.pairs, shim) for claim in CLAIMS if shim or not claim.slow
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not shim:
        print("no C compiler (cc) here: the rows with a delay per open are left out")
    return 0 if all(held) else 1


def _show(claim: Claim, folder: Path, pairs: int, shim: Path | None) -> bool:
    more = {"LD_PRELOAD": str(shim), "BENCH_OPEN_US": str(OPEN_DELAY_US)} if claim.slow else {}
    start = partial(run, HERE / "peers.py", argument=folder, more=more)
    ours, peer = partial(start, claim.ours), partial(start, "simpleitk")
    return compare(claim.words, claim.most, claim.figure, ours, peer, pairs)


def _slow_open(folder: Path) -> Path | None:
    """The preloaded library that delays opening files, or None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "slow_open.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(HERE / "slow_open.c"), "-ldl"]
    subprocess.run(command, check=True)
    return library


if __name__ == "__main__":
    sys.exit(main())
