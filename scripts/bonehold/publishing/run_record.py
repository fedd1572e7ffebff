"""What results were made with: `run.json`. It tells no time, host, user or path, so equal runs are equal files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from bonehold.files import canonical_json
from bonehold.version import __version__

PACKAGES = ("snakemake", "numpy", "pandas", "scipy", "statsmodels", "scikit-learn", "pydicom", "matplotlib")


def run_record(
    configuration: Mapping[str, Any],
    dictionary: Mapping[str, Any] | None,
    flow: Iterable[Mapping[str, str]],
    models: Iterable[Mapping[str, Any]],
    validations: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """The record of a run.

    Args:
        configuration: config.yaml as checked, without folders.
        dictionary: content of `cohort.json`, None when a finished table was analysed.
        flow: rows of `flow.csv`, none then.
        models: contents of the `model.json` files.
        validations: contents of the `validation.json` files, in the same order.
    """
    return {
        "schema": "run/1",
        "bonehold": __version__,
        "packages": {name: version(name) for name in PACKAGES},
        "configuration_hash": hashlib.sha256(canonical_json(configuration).encode()).hexdigest(),
        "configuration": dict(configuration),
        "synthetic": bool(dictionary and dictionary.get("synthetic")),
        "patients": {row["label"]: int(row["n"]) for row in flow if not row["criterion"]},
        "analyses": [
            _analysis(model, validation) for model, validation in zip(models, validations, strict=True)
        ],
    }


def _analysis(model: Mapping[str, Any], validation: Mapping[str, Any]) -> dict[str, Any]:
    facts = ("analysis", "status", "n", "events", "reasons")
    return {
        **{key: model[key] for key in facts if key in model},
        "terms": [term["column"] for term in model.get("terms", ())],
        "validation": validation,
    }
