"""What the columns of the cohort table mean: labels, units, and for simulated data the truth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Dictionary:
    """The data dictionary of a cohort (`cohort.json`).

    Attributes:
        synthetic: whether the patients are simulated.
        labels: column -> words for a reader, where given.
        units: column -> unit, where given.
        true_coefficients: coefficient (`age`, `goutallier=1`) -> log-odds that the simulation used.
    """

    synthetic: bool = False
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    units: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    true_coefficients: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def label(self, column: str) -> str:
        """Words for a column; its name where there are none."""
        return self.labels.get(column) or column

    def unit(self, column: str) -> str:
        """Unit of a column, empty where it has none."""
        return self.units.get(column) or ""

    def true_estimate(self, column: str, level: str, reference: str) -> float | None:
        """The coefficient that the simulation used, None where it is not known.

        A level is stated against the simulation's own reference, whose coefficient is 0; against another
        reference it is the difference of the two.

        Args:
            column: the predictor.
            level: level of a factor, empty for a continuous predictor.
            reference: reference level of a factor, else empty.
        """
        if not level:
            return self.true_coefficients.get(column)
        if not any(name.startswith(f"{column}=") for name in self.true_coefficients):
            return None
        truth = self.true_coefficients
        return truth.get(f"{column}={level}", 0.0) - truth.get(f"{column}={reference}", 0.0)


def read_dictionary(path: str | None) -> Dictionary:
    """Read `cohort.json`; without one (a group's own table) nothing is known and nothing is synthetic."""
    if path is None:
        return Dictionary()
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    columns = content.get("columns") or {}
    return Dictionary(
        synthetic=bool(content.get("synthetic")),
        labels={name: str(entry.get("label") or "") for name, entry in columns.items()},
        units={name: str(entry.get("unit") or "") for name, entry in columns.items()},
        true_coefficients={
            name: float(value) for name, value in (content.get("true_coefficients") or {}).items()
        },
    )
