"""Write the nomogram of a model in numbers.

Reads `model.json` and nothing else. Writes `nomogram.csv`: the points of every tick of every predictor, the risk at
every tick of the total points, and the total points of every marked risk. Without a model it holds its header only.
"""

from typing import Any

from bonehold.files import csv_bytes, write_whole
from bonehold.modelling.decision.nomogram_table import NOMOGRAM_COLUMNS, nomogram_rows
from bonehold.modelling.regression.model import NotFitted, read_model
from bonehold.script import logged


def main(smk: Any) -> None:
    """Tabulate one model."""
    model = read_model(smk.input.model)
    rows = () if isinstance(model, NotFitted) else nomogram_rows(model)
    write_whole({smk.output.nomogram: csv_bytes(NOMOGRAM_COLUMNS, rows)})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
