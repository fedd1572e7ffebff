"""Simulated cohorts of known truth: do intervals hold it, and does the corrected performance come true?

Run by `make study`; writes docs/validation.md. The same numbers come out on every machine and with any number of
processes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is loaded; processes share the cores better
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "scripts")]

import gaps  # noqa: E402
import intervals  # noqa: E402
import optimism_in_the_world  # noqa: E402
import profile_intervals  # noqa: E402
import selection_in_the_world  # noqa: E402
from replications import SEED, Replicate, Seen, replicate  # noqa: E402
from simulated_world import NAMES, N, true_auc  # noqa: E402

PAGE = ROOT / "docs" / "validation.md"
COVERAGE = 0.95


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        quantity: name of what the part gives.
        label: words for a reader.
        expected: what it should be.
        meaning: a sentence on what follows.
    """

    quantity: str
    label: str
    expected: float
    meaning: str


@dataclass(frozen=True)
class Part:
    """One question, asked in many cohorts."""

    name: str
    function: Replicate
    cohorts: int
    lines: tuple[Line, ...]


def coefficient_lines(interval: str, meaning: str) -> tuple[Line, ...]:
    """One line per coefficient."""
    return tuple(Line(name, f"{interval}, {name}", COVERAGE, meaning) for name in NAMES)


PARTS = (
    Part(
        "Wald",
        intervals.wald,
        6000,
        coefficient_lines("Wald interval", "The printed interval can be taken at its word."),
    ),
    Part(
        "profile",
        profile_intervals.profile,
        3000,
        coefficient_lines(
            "profile-likelihood interval", "Nearly Wald's; at this size a little shorter than it should be."
        ),
    ),
    Part(
        "gaps",
        gaps.pooled,
        600,
        (
            *coefficient_lines(
                "pooled interval, values missing at random", "Imputing and pooling cost no coverage."
            ),
            *(
                Line(
                    f"complete cases, {name}",
                    f"Wald interval of complete cases, {name}",
                    COVERAGE,
                    "Gaps by age and outcome mostly move the intercept; what is lost is width.",
                )
                for name in NAMES
            ),
        ),
    ),
    Part(
        "DeLong",
        intervals.delong_intervals,
        3000,
        (
            Line(
                "score",
                "DeLong interval, a given score",
                COVERAGE,
                "With some 45 events and an AUC near .9 the normal scale is a little short.",
            ),
            Line(
                "model",
                "DeLong interval, the model in its own patients",
                COVERAGE,
                "It knows nothing of optimism: read it as an apparent value.",
            ),
        ),
    ),
    Part(
        "optimism",
        optimism_in_the_world.fixed,
        2000,
        (
            Line(
                "auc_apparent",
                "AUC: apparent - true",
                0,
                "What a model gains by being judged where it was fitted.",
            ),
            Line("auc_corrected", "AUC: corrected - true", 0, "Correction takes most of that away."),
            Line(
                "auc_held",
                "interval of the corrected AUC",
                COVERAGE,
                "It leaves out that the optimism itself is uncertain, and is somewhat too short.",
            ),
            Line("brier_apparent", "Brier score: apparent - true", 0, "The apparent one is too small."),
            Line(
                "brier_corrected", "Brier score: corrected - true", 0, "Correction takes most of that away."
            ),
            Line(
                "slope_apparent", "slope: apparent (1) - true", 0, "Predictions are too extreme by so much."
            ),
            Line(
                "slope_corrected",
                "slope: mean over the resamples - true",
                0,
                "On average what new patients show, where hardly any resample is separated.",
            ),
            Line(
                "slope_median",
                "slope: median over the resamples - true",
                0,
                "As good here, and better where resamples separate.",
            ),
        ),
    ),
    Part(
        "selection",
        selection_in_the_world.selected,
        300,
        (
            Line(
                "apparent",
                "selected model, AUC: apparent - true",
                0,
                "What fitting and selecting gain together.",
            ),
            Line(
                "fixed",
                "selected model, AUC: corrected, variant `fixed` - true",
                0,
                "What it leaves in is the optimism of the selection, small where true effects are strong.",
            ),
            Line(
                "selection",
                "selected model, AUC: corrected, variant `selection` - true",
                0,
                "It errs on the careful side: patients drawn twice make idle predictors look significant more often "
                "than in the cohort.",
            ),
            Line(
                "slope_fixed",
                "selected model, slope: median, variant `fixed` - true",
                0,
                "As for the AUC.",
            ),
            Line(
                "slope_selection",
                "selected model, slope: median, variant `selection` - true",
                0,
                "As for the AUC: careful, where `fixed` is hopeful; the truth lies between them.",
            ),
        ),
    ),
)


def main() -> None:
    """Run the study and write its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--share", type=float, default=1.0, help="share of the cohorts, for a quick look")
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args()
    rows = []
    for part in PARTS:
        started = time.monotonic()
        cohorts = max(2, round(arguments.share * part.cohorts))
        seen = replicate(part.name, part.function, cohorts, arguments.processes)
        rows += [row(line, seen[line.quantity]) for line in part.lines]
        print(f"{part.name}: {cohorts} cohorts in {time.monotonic() - started:.0f} s", flush=True)
    text = page(rows)
    print(text)
    arguments.page.write_text(text, encoding="utf-8")


def row(line: Line, seen: Seen) -> str:
    """A line of the table."""
    error = seen.error
    return (
        f"| {line.label} | {len(seen.values)} | {seen.mean:.4f} | {error:.4f} | {line.expected:g} | "
        f"{verdict(line, seen)} {line.meaning} |"
    )


def verdict(line: Line, seen: Seen) -> str:
    """Whether chance explains the distance from what is expected."""
    away = seen.mean - line.expected
    if abs(away) <= 2 * seen.error:
        return "As expected within Monte-Carlo error."
    direction = "above" if away > 0 else "below"
    return f"{abs(away):.4f} {direction} ({abs(away) / seen.error:.0f} Monte-Carlo errors)."


def page(rows: list[str]) -> str:
    """docs/validation.md."""
    return "\n".join(_page(rows)) + "\n"


def _page(rows: list[str]) -> Iterator[str]:
    yield "<!-- Made by `make study`; edit tests/study/. -->"
    yield ""
    yield "# Validation by simulation"
    yield ""
    yield (
        "`make study` draws cohorts from a world whose truth is known and asks whether the intervals hold it and "
        "whether the corrected performance comes true in new patients. It runs the library's own code, in a few "
        f"minutes on two cores; seed {SEED}, the same numbers at any number of processes."
    )
    yield ""
    yield (
        f"A cohort has {N} patients and 45 events on average; log-odds are linear in age, PBQ, HU ratio and the "
        f"Goutallier grade (1-2 against 3-4) with the effects of the synthetic cohort; the AUC of the true log-odds is "
        f"{true_auc():.3f}. Cohorts whose outcomes are separated have no estimates and are left out: they are the "
        "difference from the number of cohorts drawn. Performance in new patients is that of the cohort's own fitted "
        f"model in {intervals.FRESH} fresh ones; the bootstrap has {optimism_in_the_world.RESAMPLES} resamples. Values "
        "are missing at random, more often in older patients and in those with the event: "
        f"{', '.join(f'{share:.0%} of {column}' for column, share in gaps.GAPS.items())}; {gaps.SETS} sets of "
        f"{gaps.ITERATIONS} iterations. The selected models had {len(selection_in_the_world.COLUMNS)} candidates, "
        f"{len(selection_in_the_world.NOISE)} of them idle, and {selection_in_the_world.RESAMPLES} resamples."
    )
    yield ""
    yield "| quantity | cohorts | found | Monte-Carlo error | expected | in words |"
    yield "|---|---|---|---|---|---|"
    yield from rows


if __name__ == "__main__":
    main()
