"""The statistical claims: the same work with statsmodels, in one run, as ratios.

    make bench

Each pair of processes runs in turn, so that both meet the same machine; what counts is the median of the ratios of the
times within, after imports.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from paired import HEAD, compare, run

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Claim:
    """Two programs of `statistics_peers.py`, and the ratio of their times that must not be exceeded."""

    words: str
    ours: str
    peer: str
    most: float


CLAIMS = (Claim("chained equations, m = 5 x 10, against MICE (s)", "impute", "impute_statsmodels", 1 / 10),)


def main() -> int:
    """Print a row for each claim; the exit code says whether all hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs for each claim (default 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bonehold-bench-") as name:
        folder = Path(name)
        subprocess.run([sys.executable, str(HERE / "statistics_case.py"), str(folder)], check=True)
        print("313 patients; peer: statsmodels, the same work in a loop.")
        print(HEAD)
        start = partial(run, HERE / "statistics_peers.py", argument=folder, more={})
        held = [
            compare(
                claim.words,
                claim.most,
                lambda one: one.inside_s,
                partial(start, claim.ours),
                partial(start, claim.peer),
                options.pairs,
            )
            for claim in CLAIMS
        ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
