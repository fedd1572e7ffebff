"""One answer from the fits to several completed data sets: Rubin's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bonehold.modelling.regression.logistic import Z_95, LogisticFit
from bonehold.modelling.regression.terms import Floats


@dataclass(frozen=True)
class PooledFit:
    """Estimates over all completed sets; with one set (nothing imputed) those of its fit.

    Attributes:
        coefficients: mean over the sets, shape (p,).
        covariance: total, within plus between, shape (p, p).
        within: mean of the sets' covariances U, shape (p, p).
        between: covariance B of the sets' coefficients, shape (p, p); 0 with one set.
        sets: number of sets m.
        df: degrees of freedom of t for each coefficient, shape (p,); None with one set, where z holds.
        fmi: share of information that missing values cost, shape (p,); 0 with one set.
    """

    coefficients: Floats
    covariance: Floats
    within: Floats
    between: Floats
    sets: int
    df: Floats | None
    fmi: Floats

    @property
    def std_errors(self) -> Floats:
        """Standard errors, shape (p,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def quantiles(self) -> Floats:
        """Two-sided 95 % point for each coefficient: of t, or of z with one set, shape (p,)."""
        if self.df is None:
            return np.full(len(self.coefficients), Z_95)
        return np.asarray(stats.t.ppf(0.975, self.df))

    @property
    def p_values(self) -> Floats:
        """Two-sided P of each coefficient being zero, shape (p,)."""
        statistic = np.abs(self.coefficients / self.std_errors)
        return np.asarray(
            2 * (stats.norm.sf(statistic) if self.df is None else stats.t.sf(statistic, self.df))
        )


@dataclass(frozen=True)
class OverallTest:
    """A test that several coefficients are all zero.

    Attributes:
        name: `Wald` or, over several sets, `D1`, `D3`; `likelihood ratio`.
        statistic: chi-square on `df`, or F on `df` and `denominator_df`.
        df: number of coefficients.
        denominator_df: of F; None for chi-square.
        p_value: P.
    """

    name: str
    statistic: float
    df: int
    denominator_df: float | None
    p_value: float


def pool(fits: Sequence[LogisticFit], complete_df: float) -> PooledFit:
    """Pool the fits of one model by Rubin's rules.

    With U the mean within and B the between variance of m sets, T = U + (1 + 1/m) B and lambda = (1 + 1/m) B / T;
    df after Barnard and Rubin (Biometrika 1999;86:948-955): 1/df = 1/old + 1/observed with old = (m - 1)/lambda^2
    and observed = (c + 1)/(c + 3) c (1 - lambda), c the complete-data df; fmi = (riv + 2/(df + 3))/(riv + 1) with
    riv = (1 + 1/m) B / U (van Buuren, Flexible Imputation of Missing Data, 2018, section 2.3).

    Args:
        fits: one per completed set, the same coefficients in the same order.
        complete_df: n - p.
    """
    m = len(fits)
    if m == 1:
        (fit,) = fits
        nothing = np.zeros_like(fit.covariance)
        zeros = np.zeros(len(fit.coefficients))
        return PooledFit(fit.coefficients, fit.covariance, fit.covariance, nothing, 1, None, zeros)
    coefficients = np.array([fit.coefficients for fit in fits])
    within = np.mean([fit.covariance for fit in fits], axis=0)
    mean = coefficients.mean(axis=0)
    apart = coefficients - mean
    between = apart.T @ apart / (m - 1)
    total = within + (1 + 1 / m) * between
    df, fmi = barnard_rubin(np.diag(within), np.diag(between), m, complete_df)
    return PooledFit(mean, total, within, between, m, df, fmi)


def barnard_rubin(within: Floats, between: Floats, m: int, complete_df: float) -> tuple[Floats, Floats]:
    """Degrees of freedom and fraction of missing information of pooled scalars (formulas at `pool`).

    Args:
        within: mean within variance U, shape (p,).
        between: between variance B, shape (p,).
        m: number of sets, at least 2.
        complete_df: degrees of freedom that complete data would have; infinite for a large-sample quantity.
    """
    extra = (1 + 1 / m) * between
    share = extra / (within + extra)
    # Identical sets: nothing is lost, and the first reciprocal is 0.
    reciprocal_old = share**2 / (m - 1)
    if np.isinf(complete_df):
        reciprocal_observed = np.zeros_like(share)
    else:
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        reciprocal_observed = 1 / observed
    with np.errstate(divide="ignore"):
        df = 1 / (reciprocal_old + reciprocal_observed)
    riv = extra / within
    return df, (riv + 2 / (df + 3)) / (riv + 1)


def overall_test(fit: PooledFit, positions: slice) -> OverallTest:
    """Test that the coefficients at some positions are all zero.

    One set: Wald's W = b' V^-1 b against chi-square (Hosmer, Lemeshow, Sturdivant, Applied Logistic Regression,
    2013, section 2.4). Several sets: for one coefficient its t; for k of them D1 = b' U^-1 b / (k (1 + r)) with
    r = (1 + 1/m) tr(B U^-1) / k against F (Li, Raghunathan, Rubin, JASA 1991;86:1065-1073).

    Args:
        fit: the estimates.
        positions: which coefficients, for example all levels of a factor.
    """
    b = fit.coefficients[positions]
    k = len(b)
    if fit.df is None:
        chi2 = float(b @ np.linalg.solve(fit.covariance[positions, positions], b))
        return OverallTest("Wald", chi2, k, None, float(stats.chi2.sf(chi2, k)))
    if k == 1:
        place = positions.start
        statistic = float((b[0] / fit.std_errors[place]) ** 2)
        return OverallTest("Wald t", statistic, 1, float(fit.df[place]), float(fit.p_values[place]))
    within, between = fit.within[positions, positions], fit.between[positions, positions]
    riv = (1 + 1 / fit.sets) * float(np.trace(np.linalg.solve(within, between))) / k
    statistic = float(b @ np.linalg.solve(within, b)) / (k * (1 + riv))
    return _f_test("D1", statistic, k, riv, fit.sets)


def pooled_likelihood_ratio(sets: int, at_own: float, at_pooled: float, k: int) -> OverallTest:
    """Pool the likelihood-ratio tests of one hypothesis over completed sets: D3.

    With d the mean of the sets' statistics at their own estimates and d~ at the pooled ones, of both models, r =
    (m + 1)/(k (m - 1)) (d - d~) and D3 = d~ / (k (1 + r)) against F (Meng and Rubin, Biometrika 1992;79:103-111).
    With one set it is the ordinary test.

    Args:
        sets: number of sets m.
        at_own: d.
        at_pooled: d~; not used with one set.
        k: number of coefficients tested.
    """
    if sets == 1:
        return OverallTest("likelihood ratio", at_own, k, None, float(stats.chi2.sf(at_own, k)))
    riv = max(0.0, (sets + 1) / (k * (sets - 1)) * (at_own - at_pooled))
    return _f_test("D3", max(0.0, at_pooled) / (k * (1 + riv)), k, riv, sets)


def _f_test(name: str, statistic: float, k: int, riv: float, m: int) -> OverallTest:
    """P of an F statistic whose denominator has the degrees of freedom of Li, Raghunathan and Rubin."""
    t = k * (m - 1)
    if riv <= 0:
        return OverallTest(name, statistic, k, None, float(stats.chi2.sf(statistic * k, k)))
    many = 4 + (t - 4) * (1 + (1 - 2 / t) / riv) ** 2
    few = t * (1 + 1 / k) * (1 + 1 / riv) ** 2 / 2
    df = many if t > 4 else few
    return OverallTest(name, statistic, k, df, float(stats.f.sf(statistic, k, df)))


@dataclass(frozen=True)
class PooledScalar:
    """A quantity over several sets with its 95 % CI; the limits are NaN where a set has no standard error. `df` are
    those of t; infinite where the normal distribution holds: with one set, or identical ones.
    """

    value: float
    std_error: float
    ci_low: float
    ci_high: float
    df: float = np.inf


def pool_scalar(
    values: Sequence[float],
    std_errors: Sequence[float],
    transform: Callable[[float], float] = float,
    back: Callable[[float], float] = float,
    slope: Callable[[float], float] = lambda _: 1.0,
) -> PooledScalar:
    """Pool one quantity by Rubin's rules, on a scale on which it is nearly normal.

    Args:
        values: one per set.
        std_errors: their standard errors.
        transform: to the scale of pooling.
        back: from it.
        slope: derivative of `transform`, for the delta method.

    Returns:
        With one set value and normal limits on the original scale; else pooled, the standard error on the original
        scale by the delta method.
    """
    if len(values) == 1:
        half = Z_95 * std_errors[0]
        return PooledScalar(values[0], std_errors[0], values[0] - half, values[0] + half)
    scaled = np.array([transform(value) for value in values])
    errors = np.array([slope(value) * error for value, error in zip(values, std_errors, strict=True)])
    within, between = np.mean(errors**2, keepdims=True), scaled.var(ddof=1, keepdims=True)
    df, _ = barnard_rubin(within, between, len(values), np.inf)
    centre, error = float(scaled.mean()), float(np.sqrt(within + (1 + 1 / len(values)) * between)[0])
    half = float(stats.t.ppf(0.975, df[0]) if np.isfinite(df[0]) else Z_95) * error
    value = back(centre)
    return PooledScalar(value, error / slope(value), back(centre - half), back(centre + half), float(df[0]))
