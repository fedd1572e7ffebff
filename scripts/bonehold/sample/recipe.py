"""Draw made-up patients whose numbers hang together as the published study's do.

The marginal distributions, the correlations and the log-odds follow the study's tables and the worked example
of its nomogram; every other column is invented to be plausible. The recipe was tuned to those numbers, so a
model that finds them again shows that the software works and nothing about bone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bonehold.sample.grids import Floats

MAIN_PATIENTS, MAIN_EVENTS = 313, 45
SCOLIOSIS_PATIENTS, SCOLIOSIS_EVENTS = 43, 17
GRADE_COUNTS = MappingProxyType({1: 52, 2: 220, 3: 10, 4: 31})
"""Goutallier grades among the 313, lowest first (the study's baseline table)."""

LOG_ODDS_PER_POINT = 0.0723
"""Log-odds of one nomogram point: fixed by the study's AUC of .904."""

TRUE_COEFFICIENTS: Mapping[str, float] = MappingProxyType(
    {
        "age": LOG_ODDS_PER_POINT * 44 / 45,
        "pbq": LOG_ODDS_PER_POINT * 56 / 2.3,
        "hu_ratio": -LOG_ODDS_PER_POINT * 73 / 1.9,
        "goutallier=1": -1.95,
        "goutallier=2": -1.35,
        "goutallier=3": LOG_ODDS_PER_POINT * 44 - 1.95,
    }
)
"""Log-odds per year, per unit and against grade 4, from the points of the study's worked example
(age 45 years = 44 points, PBQ 2.3 = 56, HU ratio 1.9 = 73, grade 3 over grade 1 = 44)."""

CORRELATIONS = np.array(
    [  # age, PBQ, HU ratio, Goutallier
        [1.0, 0.12, -0.08, 0.28],
        [0.12, 1.0, 0.045, 0.17],
        [-0.08, 0.045, 1.0, -0.06],
        [0.28, 0.17, -0.06, 1.0],
    ]
)
SPINE = ("T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1")
DXA_SITES = ("dxa_t_lumbar", "dxa_t_femoral_neck", "dxa_t_total_hip")


@dataclass(frozen=True)
class Patient:
    """One made-up patient, complete; `missing` names the cells that the group never filled in.

    Attributes:
        t_scores: lumbar, femoral neck, total hip.
        b_hu: mean HU of the L3 body's cancellous bone.
        event: whether a screw loosens.
        months: when it loosens, or when the patient was last seen with sound screws.
    """

    age: int
    sex: str
    bmi: float
    diabetes: int
    ads: int
    fused_levels: int
    instrumented_length_mm: float
    technique: str
    terminal_segment: str
    t_scores: tuple[float, float, float]
    pi: int
    pt: int
    ss: int
    ll: int
    goutallier: int
    pbq: float
    hu_ratio: float
    b_hu: float
    event: bool
    months: float
    missing: frozenset[str]

    @property
    def st_hu(self) -> float:
        """Mean HU of the screw trajectory."""
        return self.b_hu * self.hu_ratio

    @property
    def lowest_vertebra(self) -> str:
        """The lowest instrumented vertebra."""
        return "L4" if self.terminal_segment == "L4_or_above" else self.terminal_segment

    @property
    def highest_vertebra(self) -> str:
        """The highest instrumented vertebra, as many levels above the lowest as are fused."""
        return SPINE[SPINE.index(self.lowest_vertebra) - self.fused_levels]


def main_group(rng: np.random.Generator) -> tuple[Patient, ...]:
    """The 313 patients without scoliosis, exactly 45 of whom loosen.

    A draw without an event in grade 1, or with none or only events in grade 3, allows no estimate of that
    grade's effect; it is passed over and the next draw of the same stream taken.
    """
    while True:
        latent = _latent(rng, MAIN_PATIENTS)
        age = np.clip(np.round(60.5 + 11.9 * latent[:, 0]), 26, 87)
        pbq = np.round(np.clip(3.05 + 0.67 * latent[:, 1], 1.5, 5.0), 2)
        variance = np.log1p((0.53 / 1.95) ** 2)
        logarithm = np.log(1.95) - variance / 2 + np.sqrt(variance) * latent[:, 2]
        hu_ratio = np.round(np.clip(np.exp(logarithm), 0.8, 3.4), 2)
        grade = np.empty(MAIN_PATIENTS, dtype=int)
        grade[np.argsort(latent[:, 3])] = np.repeat(list(GRADE_COUNTS), list(GRADE_COUNTS.values()))
        event = _largest(log_odds(age, pbq, hu_ratio, grade) + rng.logistic(size=MAIN_PATIENTS), MAIN_EVENTS)
        if event[grade == 1].any() and 0 < event[grade == 3].mean() < 1:
            break
    chance = 1 / (1 + np.exp(1.7 - 0.30 * (age - 60.5) / 11.9 - 0.06 * event))
    levels = 1 + rng.binomial(4, chance)
    terminal = _terminal_segment(rng, 0.30 + 0.08 * event, lumbosacral_else=0.8)
    months = np.where(
        event,
        np.maximum(1, 12 * rng.beta(2.2, 1.4, MAIN_PATIENTS)),
        rng.uniform(12, 30, MAIN_PATIENTS),
    )
    return _completed(rng, 0, age, pbq, hu_ratio, grade, event, levels, terminal, months)


def scoliosis_group(rng: np.random.Generator) -> tuple[Patient, ...]:
    """The 43 patients with adult degenerative scoliosis: long constructs, 17 of whom loosen."""
    n = SCOLIOSIS_PATIENTS
    latent = _latent(rng, n)
    age = np.clip(np.round(66 + 8 * latent[:, 0]), 45, 84)
    pbq = np.round(np.clip(3.2 + 0.62 * latent[:, 1], 1.5, 5.0), 2)
    hu_ratio = np.round(np.clip(1.9 + 0.5 * latent[:, 2], 0.8, 3.4), 2)
    grade = 1 + np.searchsorted([-1.0, 0.7, 0.95], latent[:, 3])
    levels = 4 + rng.binomial(6, 0.45, n)
    terminal = _terminal_segment(rng, np.full(n, 0.60), lumbosacral_else=0.25)
    risk = log_odds(age, pbq, hu_ratio, grade) + 0.8 * (levels - 4) + 4.0 * (terminal == "S1")
    event = _largest(risk + rng.logistic(size=n), SCOLIOSIS_EVENTS)
    months = np.where(event, np.maximum(1, 24 * rng.beta(2.2, 1.4, n)), rng.uniform(24, 34, n))
    return _completed(rng, 1, age, pbq, hu_ratio, grade, event, levels, terminal, months)


def log_odds(age: Floats, pbq: Floats, hu_ratio: Floats, grade: NDArray[np.int_]) -> Floats:
    """Log-odds of loosening up to a constant, from `TRUE_COEFFICIENTS`; arrays of one length."""
    of_grade = np.array([TRUE_COEFFICIENTS.get(f"goutallier={value}", 0.0) for value in range(5)])
    coefficient = TRUE_COEFFICIENTS
    return np.asarray(
        coefficient["age"] * age
        + coefficient["pbq"] * pbq
        + coefficient["hu_ratio"] * hu_ratio
        + of_grade[grade]
    )


def _latent(rng: np.random.Generator, n: int) -> Floats:
    return rng.standard_normal((n, 4)) @ np.linalg.cholesky(CORRELATIONS).T


def _largest(values: Floats, count: int) -> NDArray[np.bool_]:
    chosen = np.zeros(values.size, dtype=bool)
    chosen[np.argsort(values)[-count:]] = True
    return chosen


def _terminal_segment(rng: np.random.Generator, sacrum: Floats, lumbosacral_else: float) -> NDArray[np.str_]:
    above = np.where(rng.random(sacrum.size) < lumbosacral_else, "L5", "L4_or_above")
    return np.where(rng.random(sacrum.size) < sacrum, "S1", above)


def _completed(
    rng: np.random.Generator,
    ads: int,
    age: Floats,
    pbq: Floats,
    hu_ratio: Floats,
    grade: NDArray[np.int_],
    event: NDArray[np.bool_],
    levels: NDArray[np.int_],
    terminal: NDArray[np.str_],
    months: Floats,
) -> tuple[Patient, ...]:
    """Add the invented columns: constitution, DXA, spinopelvic angles, technique, B-HU, missing cells."""
    n = age.size
    women = rng.random(n) < 0.56
    bmi = np.round(np.clip(rng.normal(24.8, 3.1, n), 16.5, 38), 1)
    diabetes = rng.random(n) < 0.17
    length = np.round(32 * levels + rng.normal(0, 4, n), 1)
    technique = rng.choice(["TLIF", "PLIF", "OLIF"], n, p=[0.62, 0.28, 0.10])
    lowest_t = np.round(np.clip(-1.3 - 0.015 * (age - 60) + rng.normal(0, 1.2, n), -4.8, 3.0), 1)
    excess = np.round(rng.exponential(0.6, (n, 3)), 1)
    excess[np.arange(n), rng.choice(3, n, p=[0.45, 0.35, 0.20])] = 0  # the site with the lowest T-score
    t_scores = np.round(lowest_t[:, None] + excess, 1)
    pi = np.round(np.clip(rng.normal(48, 10, n), 25, 82)).astype(int)
    pt = np.round(np.clip(0.3 * pi + rng.normal(3, 6, n), 2, 40)).astype(int)
    ss = pi - pt
    ll = np.round(0.7 * ss + 20 + rng.normal(0, 8, n)).astype(int)
    # Cancellous bone thins with age; a ratio falls as its denominator rises.
    tilt = -0.35 * (np.log(hu_ratio) - np.log(1.9)) - 0.009 * (age - 60)
    b_hu = np.round(np.clip(132 * np.exp(tilt + rng.normal(0, 0.20, n)), 60, 220), 1)
    chance = 2 / (1 + np.exp(-(age - 60) / 12))
    unseen = rng.random((n, 3)) < chance[:, None] * np.array([0.06, 0.02, 0.05])
    unseen_site = rng.integers(0, 3, n)

    def missing(row: int) -> frozenset[str]:
        site, body_mass, incidence = unseen[row]
        return frozenset(
            ([DXA_SITES[unseen_site[row]]] if site else [])
            + (["bmi"] if body_mass else [])
            + (["pi", "ss"] if incidence else [])  # SS = PI - PT would give PI away
        )

    return tuple(
        Patient(
            age=int(age[row]),
            sex="F" if women[row] else "M",
            bmi=float(bmi[row]),
            diabetes=int(diabetes[row]),
            ads=ads,
            fused_levels=int(levels[row]),
            instrumented_length_mm=float(length[row]),
            technique=str(technique[row]),
            terminal_segment=str(terminal[row]),
            t_scores=(float(t_scores[row, 0]), float(t_scores[row, 1]), float(t_scores[row, 2])),
            pi=int(pi[row]),
            pt=int(pt[row]),
            ss=int(ss[row]),
            ll=int(ll[row]),
            goutallier=int(grade[row]),
            pbq=float(pbq[row]),
            hu_ratio=float(hu_ratio[row]),
            b_hu=float(b_hu[row]),
            event=bool(event[row]),
            months=float(np.round(months[row], 1)),
            missing=missing(row),
        )
        for row in range(n)
    )
