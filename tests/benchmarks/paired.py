"""Two programs measured in turn, each in a process of its own, so that both meet the same machine."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = f"{'':52} {'ours':>9} {'peer':>9} {'ratio':>7} {'claim':>7}"


@dataclass(frozen=True)
class Run:
    """One process: wall time with its start, time within after its imports, peak memory."""

    wall_s: float
    inside_s: float
    peak_mb: float


def run(script: Path, program: str, argument: Path, more: Mapping[str, str]) -> Run:
    """Start a program and read its figures, one line of JSON.

    Args:
        script: the Python file that has the programs.
        program: which of them.
        argument: what it works on.
        more: environment variables besides one thread for linear algebra.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(script), program, str(argument)],
        env={**kept, "OMP_NUM_THREADS": "1", **more},
        capture_output=True,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - began
    figures = json.loads(done.stdout)
    return Run(wall, figures["inside_s"], figures["peak_mb"])


def compare(
    words: str,
    most: float,
    figure: Callable[[Run], float],
    ours: Callable[[], Run],
    peer: Callable[[], Run],
    pairs: int,
) -> bool:
    """Print a claim with the median of its ratios, and tell whether it holds.

    Args:
        words: what is claimed.
        most: the ratio that must not be exceeded.
        figure: what is compared.
        ours, peer: start one process.
        pairs: how many pairs are measured, after one that warms both.
    """
    ours(), peer()
    measured = [(ours(), peer()) for _ in range(pairs)]
    own = statistics.median(figure(one) for one, _ in measured)
    other = statistics.median(figure(two) for _, two in measured)
    ratio = statistics.median(figure(one) / figure(two) for one, two in measured)
    verdict = "" if ratio <= most else "  NOT HELD"
    print(f"{words:52} {own:9.3f} {other:9.3f} {ratio:7.3f} {most:7.3f}{verdict}", flush=True)
    return ratio <= most
