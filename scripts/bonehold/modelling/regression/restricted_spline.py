"""Restricted cubic splines: a curve of few parameters that is straight beyond its outer knots."""

from __future__ import annotations

import numpy as np

from bonehold.modelling.regression.terms import Floats

MANY_PATIENTS = 100
"""From so many patients on there are four knots, below three, and the outer ones lie further inside."""
FOUR_KNOTS = (0.05, 0.35, 0.65, 0.95)
THREE_KNOTS = (0.10, 0.50, 0.90)
OUTER_VALUE = 5
"""With few patients the outer knots are the fifth lowest and the fifth highest value."""


def harrell_knots(values: Floats, n: int) -> tuple[float, ...]:
    """Places of the knots (Harrell, Regression Modeling Strategies, 2015, section 2.4.6).

    Four at the quantiles .05, .35, .65, .95 from 100 patients on, else three at .10, .50, .90, of which the outer
    two are the fifth lowest and highest value; where quantiles coincide, or fewer than four values are
    distinct, three; quantiles are of type 7.

    Args:
        values: of the predictor, those of all completed sets together, shape (sets x n,).
        n: patients.

    Returns:
        Three or four rising numbers; none where too few values are distinct.
    """
    choices = [np.quantile(values, THREE_KNOTS)]
    if n >= MANY_PATIENTS:
        choices.insert(0, np.quantile(values, FOUR_KNOTS))
    elif n >= 2 * OUTER_VALUE:
        ordered, sets = np.sort(values), len(values) // n
        place = OUTER_VALUE * sets - 1
        choices[0][[0, -1]] = ordered[place], ordered[-1 - place]
    distinct = len(np.unique(values))
    for knots in choices:
        if (np.diff(knots) > 0).all() and distinct >= len(knots):
            return tuple(knots.tolist())
    return ()


def spline_columns(x: Floats, knots: tuple[float, ...]) -> Floats:
    """The columns that a restricted cubic spline adds to the straight line.

    With knots t_1 < ... < t_k and (u)+ = max(u, 0), for j = 1, ..., k - 2:
    [(x - t_j)+^3 - (x - t_{k-1})+^3 (t_k - t_j)/(t_k - t_{k-1}) +
    (x - t_k)+^3 (t_{k-1} - t_j)/(t_k - t_{k-1})] /
    (t_k - t_1)^2 (Harrell 2015, section 2.4.5).

    Args:
        x: shape (n,).
        knots: k of them, at least three.

    Returns:
        Shape (n, k - 2).
    """
    t = np.array(knots)
    cubes = np.maximum(x[:, None] - t, 0) ** 3
    last = t[-1] - t[-2]
    columns = (
        cubes[:, :-2] - cubes[:, [-2]] * (t[-1] - t[:-2]) / last + cubes[:, [-1]] * (t[-2] - t[:-2]) / last
    )
    return np.asarray(columns / (t[-1] - t[0]) ** 2)
