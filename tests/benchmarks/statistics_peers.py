"""What the statistical benchmark times, each in a process of its own that prints its figures as one line of JSON.

python statistics_peers.py impute|impute_statsmodels FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
SETS, ITERATIONS, DONORS = 5, 10, 5


def impute(folder: Path) -> float:
    """Complete the table: chained equations as the workflow runs them, from text cells to text cells."""
    from bonehold.modelling.inputs.analysis_table import read_analysis_table
    from bonehold.modelling.inputs.specification import Candidate, Specification
    from bonehold.modelling.missing.chained_equations import impute as chained
    from bonehold.modelling.missing.completed_tables import completed_tables
    from bonehold.modelling.missing.incomplete import incomplete

    table = read_analysis_table(folder / "gaps.csv")
    candidates = tuple(Candidate(column) for column in table.columns if column != "loosening")
    specification = Specification("bench", None, "loosening", candidates)
    began = time.perf_counter()
    gaps = incomplete(specification, table, b_hu_minimum=20)
    completed = completed_tables(table, chained(gaps, SETS, ITERATIONS, 1, "bench").cells)
    took = time.perf_counter() - began
    assert len(completed.sets) == SETS
    assert all((one.cells != "").all(axis=None) for one in completed.sets)
    return took


def impute_statsmodels(folder: Path) -> float:
    """The same table, sets, iterations and donors with the chained equations of statsmodels."""
    import numpy as np
    import pandas as pd
    from statsmodels.imputation.mice import MICEData

    table = pd.read_csv(folder / "gaps.csv").astype(float)
    np.random.seed(1)
    began = time.perf_counter()
    sets = []
    for _ in range(SETS):
        chain = MICEData(table, k_pmm=DONORS)
        chain.update_all(ITERATIONS)
        sets.append(chain.data.copy())
    took = time.perf_counter() - began
    assert all(one.notna().all(axis=None) for one in sets)
    return took


PROGRAMS = {"impute": impute, "impute_statsmodels": impute_statsmodels}

if __name__ == "__main__":
    inside = PROGRAMS[sys.argv[1]](Path(sys.argv[2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"inside_s": inside, "peak_mb": peak}))
