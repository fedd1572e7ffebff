"""Performance of a model in the patients it was developed on, each measure with its interval and how that was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bonehold.modelling.performance.discrimination import Cutoff, pooled_delong
from bonehold.modelling.performance.hosmer_lemeshow import by_quantiles, by_ranks, spiegelhalter
from bonehold.modelling.performance.measures import LARGEST_THRESHOLD, SMOOTH, Sample, measured
from bonehold.modelling.performance.recalibration import Estimate, Recalibration, recalibration
from bonehold.modelling.regression.development_data import DevelopmentData
from bonehold.modelling.regression.pooling import pool_scalar
from bonehold.modelling.regression.terms import Floats

EXACT = "Clopper-Pearson"
PERCENTILES = "bootstrap percentiles of the apparent value"
WALD = "Wald"


@dataclass(frozen=True)
class Apparent:
    """One measure in the development data.

    Attributes:
        value: the measure.
        ci_low: lower 95 % limit; NaN where the bootstrap gives it (`PERCENTILES`) or where there is none.
        ci_high: upper limit.
        ci_method: how the limits are found; empty for none.
        bounds: range of the measure.
        note: what else must be known of it.
    """

    value: float
    ci_low: float = np.nan
    ci_high: float = np.nan
    ci_method: str = ""
    bounds: tuple[float, float] = (0.0, 1.0)
    note: str = ""


def apparent_performance(data: DevelopmentData, cutoff: Cutoff) -> Mapping[str, Apparent]:
    """Measure a model in its own patients, in the order of `performance.csv`.

    Over several completed sets: AUC pooled on the logit scale; Brier score, CITL, slope and joint intercept by Rubin's
    rules; scaled Brier score and the distances of the smooth curve averaged; counts at the cut-off, Hosmer-Lemeshow and
    Spiegelhalter on the risk averaged over the sets.

    Args:
        data: the patients.
        cutoff: the model's cut-off with its counts.
    """
    y = data.y
    samples = [Sample(one.log_odds[None], y, np.ones((1, len(y)))) for one in data.sets]
    values = [measured(sample, np.empty(0)).values for sample in samples]
    lines = [recalibration(one.log_odds, y) for one in data.sets]
    area = pooled_delong([one.log_odds for one in data.sets], y)
    scale = "normal" if len(data.sets) == 1 else "logit, pooled"

    def mean(name: str) -> float:
        return float(np.mean([one[name][0] for one in values]))

    return {
        "auc": Apparent(area.auc, area.ci_low, area.ci_high, f"DeLong, {scale} scale"),
        "brier": _brier([(one.risk - y) ** 2 for one in data.sets]),
        "scaled_brier": Apparent(mean("scaled_brier"), ci_method=PERCENTILES, bounds=(-np.inf, 1.0)),
        "citl": _wald(lines, lambda line: line.citl, "intercept with the log-odds as offset"),
        "slope": _wald(lines, lambda line: line.slope, ""),
        "joint_intercept": _wald(
            lines, lambda line: line.joint_intercept, "fitted together with the slope; not the CITL"
        ),
        **{name: Apparent(mean(name), ci_method=PERCENTILES, note="smooth curve") for name in SMOOTH},
        **_at_cutoff(cutoff),
        **dict(_tests(data.risk, y)),
    }


def exact_interval(count: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Clopper and Pearson, Biometrika 1934;26:404-413); NaN of nobody.

    >>> [round(limit, 3) for limit in exact_interval(36, 45)]
    [0.654, 0.904]
    """
    if of == 0:
        return np.nan, np.nan
    low = float(stats.beta.ppf(0.025, count, of - count + 1)) if count > 0 else 0.0
    high = float(stats.beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return low, high


def _brier(squares: Sequence[Floats]) -> Apparent:
    pooled = pool_scalar(
        [float(one.mean()) for one in squares],
        [float(one.std(ddof=1)) / len(one) ** 0.5 for one in squares],
    )
    return Apparent(
        pooled.value,
        max(0.0, pooled.ci_low),
        min(1.0, pooled.ci_high),
        "mean of squared errors, normal",
    )


def _wald(lines: Sequence[Recalibration], part: Callable[[Recalibration], Estimate], note: str) -> Apparent:
    estimates = [part(line) for line in lines]
    pooled = pool_scalar([one.value for one in estimates], [one.std_error for one in estimates])
    return Apparent(pooled.value, pooled.ci_low, pooled.ci_high, WALD, (-np.inf, np.inf), note)


def _at_cutoff(cutoff: Cutoff) -> Mapping[str, Apparent]:
    tp, fp, tn, fn = cutoff.tp, cutoff.fp, cutoff.tn, cutoff.fn
    total = tp + fp + tn + fn
    note = f"at the Youden cut-off {cutoff.cutoff!r} chosen in the same patients"

    def share(count: int, of: int) -> Apparent:
        value = count / of if of else np.nan
        return Apparent(value, *exact_interval(count, of), EXACT, note=f"{count}/{of} {note}")

    threshold = min(cutoff.cutoff, LARGEST_THRESHOLD)
    benefit = tp / total - fp / total * threshold / (1 - threshold)
    return {
        "sensitivity": share(tp, tp + fn),
        "specificity": share(tn, tn + fp),
        "ppv": share(tp, tp + fp),
        "npv": share(tn, tn + fn),
        "youden": Apparent(cutoff.youden, ci_method=PERCENTILES, bounds=(-1.0, 1.0), note=note),
        "net_benefit": Apparent(benefit, ci_method=PERCENTILES, bounds=(-np.inf, 1.0), note=note),
    }


def _tests(risk: Floats, y: Floats) -> Iterator[tuple[str, Apparent]]:
    ways = (
        ("hosmer_lemeshow", by_quantiles(risk, y), "quantiles (type 7) of the risk"),
        ("hosmer_lemeshow_rank", by_ranks(risk, y), "rank of the risk, equal risks together"),
    )
    for name, test, how in ways:
        note = f"{len(test.size)} groups by {how}; df {test.df}"
        yield f"{name}_chi2", Apparent(test.chi2, bounds=(0.0, np.inf), note=note)
        yield f"{name}_p", Apparent(test.p_value, note=note)
    brier = spiegelhalter(risk, y)
    yield (
        "spiegelhalter_z",
        Apparent(brier.z, bounds=(-np.inf, np.inf), note="calibration, from the Brier score"),
    )
    yield "spiegelhalter_p", Apparent(brier.p_value, note="two-sided")
