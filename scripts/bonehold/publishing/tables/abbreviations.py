"""What the short forms in a table stand for."""

from __future__ import annotations

import re
from dataclasses import replace

from bonehold.publishing.tables.table import Table

ABBREVIATIONS = {
    "AFT": "accelerated failure time",
    "AIC": "Akaike information criterion",
    "AUC": "area under the receiver operating characteristic curve",
    "B-HU": "vertebral-body Hounsfield units",
    "BMI": "body mass index",
    "CI": "confidence interval",
    "CITL": "calibration-in-the-large",
    "DXA": "dual-energy X-ray absorptiometry",
    "E50": "median absolute calibration error",
    "E90": "0.9 quantile of the absolute calibration error",
    "Eavg": "mean absolute calibration error",
    "Emax": "largest absolute calibration error",
    "FMI": "fraction of missing information",
    "FN": "false negatives",
    "FP": "false positives",
    "GVIF": "generalised variance inflation factor",
    "HR": "hazard ratio",
    "HU": "Hounsfield units",
    "LR": "likelihood ratio",
    "MAE": "mean absolute error",
    "MAPE": "mean absolute prediction error",
    "MSE": "mean squared error",
    "NPV": "negative predictive value",
    "OR": "odds ratio",
    "PBQ": "pedicle bone quality",
    "PPV": "positive predictive value",
    "ROC": "receiver operating characteristic",
    "SD": "standard deviation",
    "SE": "standard error",
    "ST-HU": "screw-trajectory Hounsfield units",
    "TN": "true negatives",
    "TP": "true positives",
    "VIF": "variance inflation factor",
}
_WORD = re.compile(r"[A-Za-z0-9]+(?:-[A-Z]+)*")


def with_abbreviations(table: Table) -> Table:
    """The table with a last note that spells out the short forms it uses, in alphabetical order."""
    texts = (table.title, *table.columns, *(cell for row in table.rows for cell in row), *table.notes)
    words = {word for text in texts for word in _WORD.findall(text)}
    used = [f"{short}, {ABBREVIATIONS[short]}" for short in sorted(words & ABBREVIATIONS.keys())]
    return replace(table, notes=(*table.notes, f"Abbreviations: {'; '.join(used)}.")) if used else table
