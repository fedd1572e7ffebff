"""Many simulated cohorts, each with a stream of random numbers of its own, spread over processes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from bonehold.modelling.regression.terms import Floats

SEED = 20260101
Replicate = Callable[[int, np.random.Generator], Mapping[str, float]]
"""What is seen in one cohort: name -> value; NaN where the cohort could not be analysed."""


@dataclass(frozen=True)
class Seen:
    """One quantity over all cohorts.

    Attributes:
        values: those that are known.
        unknown: cohorts without one.
    """

    values: Floats
    unknown: int

    @property
    def mean(self) -> float:
        """Mean over the cohorts: of yes and no, a share."""
        return float(self.values.mean())

    @property
    def error(self) -> float:
        """Its Monte-Carlo standard error."""
        return float(self.values.std(ddof=1) / np.sqrt(len(self.values)))


def replicate(part: str, function: Replicate, cohorts: int, processes: int) -> dict[str, Seen]:
    """Run one part of the study; the same values however many processes share the work.

    Args:
        part: its name, from which the streams of random numbers are made.
        function: what is done with each cohort.
        cohorts: how many.
        processes: how many at a time.
    """
    jobs = [(part, function, number) for number in range(cohorts)]
    if processes == 1:
        results = [_one(job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes) as pool:
            results = list(pool.map(_one, jobs, chunksize=max(1, cohorts // (8 * processes))))
    columns = {name: np.array([result[name] for result in results], dtype=float) for name in results[0]}
    return {
        name: Seen(column[~np.isnan(column)], int(np.isnan(column).sum())) for name, column in columns.items()
    }


def _one(job: tuple[str, Replicate, int]) -> Mapping[str, float]:
    part, function, number = job
    stream = np.random.SeedSequence([SEED, zlib.crc32(part.encode()), number])
    return function(number, np.random.default_rng(stream))
