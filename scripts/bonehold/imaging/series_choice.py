"""Choose the CT and the T1 MR series to measure on, with the reasons for each series that was seen.

A table in the configuration says which criteria rule a series out and how many points the others cost. The
highest total is measured; the user's override, a SeriesNumber, wins over both and is recorded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bonehold.imaging.series import Series
from bonehold.imaging.series_criteria import Candidate, Wanted, criteria_of, thickness
from bonehold.imaging.series_rules import SeriesRules
from bonehold.roi_names import Modality

METAL = "metal"
"""The one criterion that needs pixels; it is asked last, and of no more series than necessary."""

METAL_WORDS = "metal at the level"


@dataclass(frozen=True)
class Contribution:
    """Points that a series got for a criterion, and what was found."""

    criterion: str
    points: float
    words: str


@dataclass(frozen=True)
class SeriesVerdict:
    """What was decided on one series.

    Attributes:
        refusals: why it cannot be measured on; empty for an admissible one.
        contributions: points and what they were given for.
        drawbacks: flags of measurements on it.
    """

    series: Series
    refusals: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    drawbacks: tuple[str, ...]

    @property
    def score(self) -> float:
        """All points."""
        return sum(one.points for one in self.contributions)

    @property
    def order(self) -> tuple[float, ...]:
        """Sorts the best first: by score, then thinner slices, more of them, and the lower number."""
        mm = thickness(self.series)
        slices = len(self.series.slices)
        return -self.score, float("inf") if mm is None else mm, -slices, self.series.ordinal


@dataclass(frozen=True)
class Choice:
    """The series to measure on (None if there is none) and the verdict on each candidate.

    Attributes:
        reason: why this one, or why none.
        overridden: the user named the series.
    """

    series: Series | None
    reason: str
    overridden: bool
    verdicts: tuple[SeriesVerdict, ...]

    @property
    def drawbacks(self) -> tuple[str, ...]:
        """Drawbacks of the chosen series as flags; also what it would have been refused for without the override."""
        chosen = next((verdict for verdict in self.verdicts if verdict.series is self.series), None)
        if chosen is None:
            return ()
        refusals = (re.sub(r"[^a-z0-9]+", "_", refusal.lower()).strip("_") for refusal in chosen.refusals)
        return tuple(dict.fromkeys((*refusals, *chosen.drawbacks)))


def choose_series(
    modality: Modality,
    found: Sequence[Series],
    wanted: Wanted,
    rules: SeriesRules,
    has_metal: Callable[[Series], bool] = lambda _: False,
) -> Choice:
    """Choose the series of a modality.

    Args:
        modality: of which one.
        found: every series of the patient.
        wanted: the drawn regions, the override, and what is known of the time of surgery.
        rules: the table of the configuration.
        has_metal: whether there is metal at the level of the regions; asked only of a CT that would be chosen.
    """
    verdicts = tuple(
        judge(Candidate(series, modality, wanted, rules))
        for series in found
        if series.any_header.modality == modality
    )
    asks_for_metal = modality == "CT" and METAL in rules.ct.refuse
    if wanted.series_number is not None:
        return _overridden(modality, verdicts, wanted.series_number, has_metal if asks_for_metal else None)
    admitted = sorted((verdict for verdict in verdicts if not verdict.refusals), key=lambda v: v.order)
    for number, best in enumerate(admitted):
        if asks_for_metal and has_metal(best.series):
            verdicts = _with_metal(verdicts, best)
            continue
        serving = len(admitted) - number
        reason = "the only one that serves" if serving == 1 else f"best of {serving} that serve"
        return Choice(best.series, reason, False, verdicts)
    return Choice(None, _why_none(modality, verdicts), False, verdicts)


def not_measurable(series: Series) -> tuple[str, ...]:
    """Why nothing at all can be measured on a series, whatever the configuration says."""
    header = series.any_header
    return (
        *(["colour image"] if header.samples_per_pixel != 1 else []),
        *(["does not say where its slices lie"] if not series.slices else []),
    )


def judge(candidate: Candidate) -> SeriesVerdict:
    """The verdict on a series by all criteria but metal."""
    table = candidate.rules.table(candidate.modality)
    criteria = criteria_of(candidate.modality)
    findings = {
        name: finding for name, criterion in criteria.items() if (finding := criterion(candidate)) is not None
    }
    refusing = [findings[name].words for name in table.refuse if name in findings]
    return SeriesVerdict(
        candidate.series,
        (*not_measurable(candidate.series), *refusing),
        tuple(
            Contribution(line.criterion, line.points * finding.times, finding.words)
            for line in table.score
            if (finding := findings.get(line.criterion)) is not None
        ),
        tuple(
            flag for name, finding in findings.items() if name not in table.refuse for flag in finding.flags
        ),
    )


def _overridden(
    modality: Modality,
    verdicts: tuple[SeriesVerdict, ...],
    number: int,
    has_metal: Callable[[Series], bool] | None,
) -> Choice:
    """The series that the user named; of several with the same number the best."""
    named = [v for v in verdicts if v.series.any_header.series_number == number and v.series.slices]
    if not named:
        reason = f"the override asks for {modality} series {number}, which is not here"
        return Choice(None, reason, True, verdicts)
    best = min(named, key=lambda v: (bool(v.refusals), v.order))
    if has_metal is not None and has_metal(best.series):
        verdicts = _with_metal(verdicts, best)
    return Choice(best.series, f"override: series number {number}", True, verdicts)


def _with_metal(verdicts: tuple[SeriesVerdict, ...], metallic: SeriesVerdict) -> tuple[SeriesVerdict, ...]:
    refused = replace(metallic, refusals=(*metallic.refusals, METAL_WORDS))
    return tuple(refused if verdict is metallic else verdict for verdict in verdicts)


def _why_none(modality: Modality, verdicts: Sequence[SeriesVerdict]) -> str:
    kind = "axial CT" if modality == "CT" else "sagittal T1 MR"
    none = f"no {kind} series among {len(verdicts)} {modality} series"
    reasons = Counter(refusal for verdict in verdicts for refusal in verdict.refusals[:1])
    told = ", ".join(f"{n} {reason}" for reason, n in sorted(reasons.items()))
    return f"{none} ({told})" if told else none
