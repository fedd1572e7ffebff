"""Laws of the sensitivity analyses."""

from __future__ import annotations

import numpy as np
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.regression.development import develop
from bonehold.modelling.variation.basis import as_fixed
from bonehold.modelling.variation.varied_models import SAME, vary
from hypothesis import given, settings
from hypothesis import strategies as st
from modelling_examples import gappy, imputed, table_of
from sensitivity_examples import basis, specification, study_cohort


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), gaps=st.booleans(), selected=st.booleans())
def test_the_variant_main_is_the_main_model(seed: int, gaps: bool, selected: bool) -> None:
    cells = study_cohort(150, seed)
    if gaps:
        cells = gappy(cells, 0.08, seed, ("pbq", "goutallier"))
    asked = (
        specification(final=None, a_priori=("age", "hu_ratio", "goutallier")) if selected else specification()
    )
    patients = imputed(asked, table_of(cells))
    development = develop(asked, patients, Dictionary())
    if not development.final:
        return
    start = basis(cells, patients=patients, variants=["complete_case"], asked=asked)
    start = type(start)(**{**vars(start), "final": as_fixed(asked, development.model.selection.final)})
    main, complete = vary(start, 2, 1)
    assert main.result is not None
    ours, theirs = main.result.model, development.model
    assert ours.terms == theirs.terms and (ours.n, ours.events) == (theirs.n, theirs.events)
    np.testing.assert_allclose(
        list(ours.coefficients.values()), list(theirs.coefficients.values()), rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-12, atol=1e-12)
    assert abs(main.result.auc.auc - theirs.auc) < 1e-12
    assert (complete.reason == SAME) == (theirs.missing.sets == 1)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_another_order_of_the_same_patients_is_the_same(seed: int) -> None:
    cells = study_cohort(150)
    order = np.random.default_rng(seed).permutation(150)
    turned = {column: [values[place] for place in order] for column, values in cells.items()}
    turned |= {"loosening_ever": turned["loosening"]}
    found = {one.name: one for one in vary(basis(cells, turned, variants=["outcome_rules"]), 1, 1)}
    assert found["outcome_ever"].reason == SAME
