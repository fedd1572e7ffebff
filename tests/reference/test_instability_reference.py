"""Instability of predictions in R's fixed resamples, and about as large in own ones."""

import numpy as np
import pandas as pd
import pytest
from bonehold.modelling.performance.optimism import refit
from bonehold.modelling.performance.resampling import counts
from bonehold.modelling.stability.instability import instability
from bonehold.modelling.stability.stability_tables import assess
from modelling_examples import (
    REFERENCE_SETS,
    data_of,
    reference_development,
    reference_table,
    reference_values,
)

pytestmark = [pytest.mark.shared, pytest.mark.parametrize("name", REFERENCE_SETS)]


@pytest.fixture
def model(shared, name):
    return reference_development(shared, name).model


@pytest.fixture
def data(shared, name, model):
    return data_of(model, reference_table(shared, name))


def test_mean_absolute_difference_in_fixed_resamples(shared, name, model, data):
    folder = shared / "reference" / "statistics"
    drawn = pd.read_csv(folder / f"{name}_boot60_indices_1based.csv").to_numpy()
    results = pd.read_csv(folder / f"{name}_boot60_results.csv")
    plain = results["separated_or_aliased"].to_numpy() == 0
    expected = results["mape_instability"].to_numpy()[plain]
    weights = counts(drawn.T - 1, len(data.y))[plain]
    whole = instability(data, [refit(data.sets[0].X, data.y, weights)], model.cutoff.cutoff)
    assert whole.mape.mean() == pytest.approx(expected.mean(), abs=1e-9)
    for weight, one in zip(weights, expected, strict=True):
        alone = instability(data, [refit(data.sets[0].X, data.y, weight[None])], model.cutoff.cutoff)
        assert alone.mape.mean() == pytest.approx(one, abs=1e-9)


def test_mean_absolute_difference_in_own_resamples(shared, name, model, data):
    seeds = np.array(reference_values(shared, name)["boot_full_ml"]["instability_mape_mean"])
    found = assess(model, data, 1000, 20260101).patients.mape.mean()
    # R's five seeds tell how much one run of 1000 differs from the next
    assert found == pytest.approx(seeds.mean(), abs=4 * seeds.std(ddof=1))
