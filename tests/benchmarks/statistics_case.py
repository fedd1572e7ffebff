"""The cohort of the statistical benchmark: 313 made-up patients, with and without gaps.

python statistics_case.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

PATIENTS = 313
INCOMPLETE = {"pbq": 9, "hu_ratio": 7, "dxa_t": 12, "bmi": 8, "pi": 20}
"""Columns with gaps, and how many of their cells are missing."""


def write_case(folder: Path) -> None:
    """Write `complete.csv` and `gaps.csv` into a folder: outcome, six numbers, four grades as 0/1 columns."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(20260101)
    n = PATIENTS
    age, bmi = random.normal(61, 9, n), random.normal(24.5, 3.3, n)
    dxa_t = random.normal(-1.3, 1.1, n) - 0.03 * (age - 61)
    pbq = 3.2 + 0.5 * random.normal(size=n) - 0.15 * dxa_t
    hu_ratio = 2.0 + 0.35 * random.normal(size=n) + 0.1 * dxa_t
    pi = random.normal(47, 10, n)
    grade = random.choice([1, 2, 3, 4], n, p=[0.17, 0.7, 0.03, 0.1])
    log_odds = -2.6 + 0.07 * (age - 61) + 1.8 * (pbq - 3.4) - 2.6 * (hu_ratio - 1.9) + 1.2 * (grade == 4)
    numbers = {"age": age, "pbq": pbq, "hu_ratio": hu_ratio, "dxa_t": dxa_t, "bmi": bmi, "pi": pi}
    table = pd.DataFrame({"loosening": (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)})
    for column, values in numbers.items():
        table[column] = np.round(values, 2)
    for level in (1, 2, 3):
        table[f"grade{level}"] = (grade == level).astype(int)
    table.to_csv(folder / "complete.csv", index=False)
    for column, missing in INCOMPLETE.items():
        table.loc[random.choice(n, missing, replace=False), column] = np.nan
    table.to_csv(folder / "gaps.csv", index=False)


if __name__ == "__main__":
    write_case(Path(sys.argv[1]))
