"""Agreement of two readers against R (psych, irr) and irrCAC."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from bonehold.cohort.agreement_of_grades import GradeAgreement, Weights, grade_agreement
from bonehold.cohort.agreement_of_values import ValueAgreement, value_agreement

pytestmark = pytest.mark.shared
EXACT = 1e-8
PRINTED = 1e-5
WEIGHTS: dict[str, Weights] = {"identity": "unweighted", "none": "unweighted"}
SCALES = {"gout": (1, 2, 3, 4), "loose": (0, 1)}


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "reference" / "statistics"


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[dict[str, str]]:
    with (folder / "readers.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def reference(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "readers.reference.json").read_text()))


@pytest.fixture(scope="module")
def extra(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "readers_extra.reference.json").read_text()))


@pytest.fixture(scope="module")
def pbq(cases: list[dict[str, str]]) -> ValueAgreement:
    return value_agreement(*([float(case[column]) for case in cases] for column in ("pbq_r1", "pbq_r2")))


def of_grades(cases: list[dict[str, str]], what: str) -> GradeAgreement:
    first, second = ([int(case[f"{what}_{reader}"]) for case in cases] for reader in ("r1", "r2"))
    return grade_agreement(first, second, SCALES[what])


def test_icc(pbq: ValueAgreement, reference: dict[str, Any]) -> None:
    expected = {entry["type"]: entry for entry in reference["icc_psych"]}
    for name, found in (("ICC2", pbq.icc), ("ICC2k", pbq.icc_mean)):
        assert found is not None
        given = [expected[name][key] for key in ("ICC", "lower bound", "upper bound")]
        assert [found.value, found.low, found.high] == pytest.approx(given, rel=EXACT)
    irr = reference["icc21_irr"]
    assert pbq.icc is not None
    assert [pbq.icc.value, pbq.icc.low, pbq.icc.high] == pytest.approx(
        [irr["value"], irr["lo"], irr["hi"]], rel=EXACT
    )


def test_bland_altman_and_measurement_error(
    pbq: ValueAgreement, reference: dict[str, Any], extra: dict[str, Any]
) -> None:
    expected = reference["bland_altman"]
    found = [pbq.bias.value, pbq.sd, pbq.lower_limit.value, pbq.upper_limit.value]
    assert found == pytest.approx([expected[key] for key in ("bias", "sd", "lo", "hi")], rel=EXACT)
    error = [extra["pbq"]["sem"], extra["pbq"]["mdc95"]]
    assert [pbq.sem, pbq.mdc95] == pytest.approx(error, rel=EXACT)


def test_kappa(cases: list[dict[str, str]], reference: dict[str, Any]) -> None:
    found = of_grades(cases, "gout").kappa
    kinds: tuple[Weights, ...] = ("unweighted", "linear", "quadratic")
    for entry, kind in zip(reference["goutallier_kappa"], kinds, strict=True):
        kappa = found[kind]
        assert kappa is not None and kappa.value == pytest.approx(entry["kappa"], rel=EXACT)
    low, _, high = reference["cohen_kappa_psych"]["confid"][0]
    plain = found["unweighted"]
    assert plain is not None and [plain.low, plain.high] == pytest.approx([low, high], rel=EXACT)


def test_intervals_of_weighted_kappa(cases: list[dict[str, str]], extra: dict[str, Any]) -> None:
    for entry in extra["weighted_kappa_ci_statsmodels"]:
        kappa = of_grades(cases, entry["columns"][0][:-3]).kappa[
            WEIGHTS.get(entry["weights"], entry["weights"])
        ]
        assert kappa is not None
        assert kappa.value == pytest.approx(entry["kappa"], rel=EXACT)
        assert [kappa.low, kappa.high] == pytest.approx(entry["ci"], abs=PRINTED)


def test_gwet(cases: list[dict[str, str]], extra: dict[str, Any]) -> None:
    for entry in extra["gwet"]:
        found = of_grades(cases, entry["columns"][0][:-3])
        ac = found.gwet[WEIGHTS.get(entry["weights"], entry["weights"])]
        assert ac.value == pytest.approx(entry["exact_value"], rel=1e-12)
        assert [ac.low, ac.high] == pytest.approx(entry["ci"], abs=PRINTED)
        if entry["weights"] == "identity":
            assert found.observed == pytest.approx(entry["pa"], abs=PRINTED)
