"""The patients of an analysis as every rule of the modelling half reads them."""

from __future__ import annotations

from pathlib import Path

from bonehold.modelling.inputs.analysis_table import patients_of, read_analysis_table
from bonehold.modelling.inputs.checks import analysed_patients
from bonehold.modelling.inputs.specification import Specification
from bonehold.modelling.missing.completed_tables import CompletedTables, completed_tables, read_imputed
from bonehold.modelling.regression.model import Model


def read_analysed_patients(specification: Specification, table: Path, imputed: Path) -> CompletedTables:
    """Read and check the patients of an analysis, their gaps filled.

    Args:
        specification: what was asked for.
        table: all patients (`cohort.csv` or a group's own table).
        imputed: the filled cells of this analysis (`imputed.csv`).

    Raises:
        InputError: nothing can be fitted: what specification and table show at once, one line each.
    """
    patients = analysed_patients(specification, read_analysis_table(table))
    return completed_tables(patients, read_imputed(imputed))


def read_model_patients(model: Model, table: Path, imputed: Path) -> CompletedTables:
    """Read the patients of the analysis that a model belongs to, their gaps filled; arguments as above."""
    return completed_tables(patients_of(read_analysis_table(table), model.where), read_imputed(imputed))
