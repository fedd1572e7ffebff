"""Validate a model by the bootstrap: how much of its performance is optimism.

Reads the table the model was developed on, its imputed cells and `model.json`. The model is fitted again in B resamples
of the patients, in two variants: `fixed` takes its predictors as given, `selection` repeats every step from the
univariable screen on. Writes

- `performance.csv` (`fixed`) and `performance_selection.csv`: each measure, apparent with CI, its optimism, corrected;
- `selection_frequency.csv`: how often each candidate was selected;
- `calibration.csv`: the smooth calibration curve, apparent and corrected;
- `validation.json`: resamples used, singular and separated, seed, calibration slope, distance of the corrected curve.

Of a model with a fixed list of predictors nothing can be selected again: the tables of that variant hold their header
only, and `validation.json` says why. Without a model all tables hold their header only.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.modelling.inputs.analysis_table import AnalysisTable
from bonehold.modelling.inputs.dictionary import read_dictionary
from bonehold.modelling.inputs.specification import Specification, read_specification
from bonehold.modelling.missing.analysed import read_model_patients
from bonehold.modelling.missing.chained_equations import impute
from bonehold.modelling.missing.completed_tables import CompletedTables, completed_tables
from bonehold.modelling.missing.incomplete import incomplete
from bonehold.modelling.performance.optimism import refit_method
from bonehold.modelling.performance.selection_refits import SELECTION_COLUMNS, Choices, frequency_rows
from bonehold.modelling.performance.validation import (
    Validation,
    validate,
    validate_imputing,
    validate_selection,
)
from bonehold.modelling.performance.validation_tables import (
    BEFORE,
    CALIBRATION_COLUMNS,
    INSIDE,
    NO_IMPUTATION,
    NO_SELECTION,
    PERFORMANCE_COLUMNS,
    calibration_rows,
    not_validated_content,
    performance_rows,
    validation_content,
    variant_content,
)
from bonehold.modelling.regression.development_data import DevelopmentData, development_data
from bonehold.modelling.regression.model import Model, NotFitted, read_model
from bonehold.script import logged

INSIDE_RESAMPLES = "inside_resamples"


def main(smk: Any) -> None:
    """Validate one model."""
    options = json.loads(smk.params.options)
    model = read_model(smk.input.model)
    fixed: Validation | None = None
    selection: Validation | None = None
    choices = Choices()
    specification = read_specification(options["analysis"], options["model"])
    if isinstance(model, NotFitted):
        content = not_validated_content(model)
    else:
        bootstrap, seed = options["bootstrap"], options["seed"]
        repetitions = bootstrap["repetitions"]
        method = refit_method(model.method, bootstrap["firth"], bootstrap["stopping_rule"])
        patients = read_model_patients(model, Path(smk.input.table), Path(smk.input.imputed))
        data = development_data(model, patients)
        inside = bootstrap["imputation"] == INSIDE_RESAMPLES and len(data.sets) > 1
        fixed = _fixed(model, data, patients, specification, options, method, inside)
        told_selection: Mapping[str, Any] = NO_SELECTION
        if model.selection.rule == "auto":
            dictionary = read_dictionary(smk.input.get("dictionary"))
            selection, choices = validate_selection(
                model, data, specification, patients, dictionary, repetitions, seed, method
            )
            sets = len(patients.of([candidate.column for candidate in specification.candidates]))
            order = BEFORE if sets > 1 else NO_IMPUTATION
            told_selection = variant_content(selection, sets, repetitions, seed, order) | {
                "selected": list(frequency_rows(specification, choices, model.selection.final))
            }
        order = INSIDE if inside else BEFORE if len(data.sets) > 1 else NO_IMPUTATION
        told_fixed = variant_content(fixed, len(data.sets), repetitions, seed, order)
        content = validation_content(model, data, told_fixed, told_selection)
    final = () if isinstance(model, NotFitted) else model.selection.final
    frequencies = frequency_rows(specification, choices, final) if selection else ()
    write_whole(
        {
            smk.output.performance: csv_bytes(PERFORMANCE_COLUMNS, performance_rows(fixed) if fixed else ()),
            smk.output.performance_selection: csv_bytes(
                PERFORMANCE_COLUMNS, performance_rows(selection) if selection else ()
            ),
            smk.output.selection_frequency: csv_bytes(SELECTION_COLUMNS, frequencies),
            smk.output.calibration: csv_bytes(
                CALIBRATION_COLUMNS, calibration_rows(fixed, selection) if fixed else ()
            ),
            smk.output.validation: json_bytes(content),
        }
    )


def _fixed(
    model: Model,
    data: DevelopmentData,
    patients: CompletedTables,
    specification: Specification,
    options: Mapping[str, Any],
    method: str,
    inside: bool,
) -> Validation:
    """The variant `fixed`, with the imputation before or inside the resamples."""
    repetitions, seed = options["bootstrap"]["repetitions"], options["seed"]
    if not inside:
        return validate(model, data, repetitions, seed, method)

    def complete(drawn: AnalysisTable, number: int) -> AnalysisTable:
        gaps = incomplete(specification, drawn, options["b_hu_minimum"])
        name = f"{model.analysis}, resample {number}"
        cells = impute(gaps, 1, options["imputation"]["iterations"], seed, name).cells
        completed = completed_tables(drawn, cells)
        return completed.sets[0] if completed.sets else drawn

    return validate_imputing(model, data, patients, complete, repetitions, seed, method)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
