"""The last lines of a run: what was measured, who was excluded and why, the model, and what to open first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bonehold.files import read_csv, read_json
from bonehold.problems import one_line

STATUSES = ("complete", "partial", "unmeasurable", "error")
FEATURED_PROBLEMS = 5


def closing_lines(results: Path) -> str:
    """A few lines on the results in a folder; what is not there is not mentioned.

    Args:
        results: the folder of the results.
    """
    lines = ["", f"Bonehold results in {results}"]
    run = _json(results / "run.json")
    if run and run["synthetic"]:
        lines.append("  SYNTHETIC DATA: this shows that the code works, not that the study holds.")
    lines += _measured(_json(results / "cohort" / "measured.json"))
    lines += _excluded(_rows(results / "cohort" / "flow.csv"))
    lines += _problems(results / "cohort" / "problems.csv")
    for analysis in run["analyses"] if run else ():
        lines += _model(results, analysis)
    lines += _pictures(results / "qc" / "index.html")
    lines += _first(results)
    return "\n".join(lines)


def _measured(measured: Any) -> list[str]:
    if not measured:
        return []
    patients = measured["patients"].values()
    counts = Counter(patient["status"] for patient in patients)
    imaged = sum(bool(patient.get("images")) for patient in patients)
    words = ", ".join(f"{counts[word]} {word}" for word in STATUSES if counts[word])
    return [f"  Measured:  {sum(counts.values())} patients ({words}), {imaged} of them from images here"]


def _excluded(flow: Sequence[Mapping[str, str]]) -> list[str]:
    if not flow:
        return []
    reasons = [row for row in flow if row["criterion"] and row["stage"] != "analysed" and row["n"] != "0"]
    analysed = next(row for row in flow if row["stage"] == "analysed" and not row["criterion"])
    total = sum(int(row["n"]) for row in reasons)
    return [
        f"  In table:  {flow[0]['n']} patients",
        f"  Analysed:  {analysed['n']} patients, {analysed['events']} with loosening",
        f"  Excluded:  {total}",
        *(f"    {row['n']:>4}  {row['label']}" for row in reasons),
    ]


def _problems(path: Path) -> list[str]:
    rows = _rows(path)
    return [f"  Problems:  {len(rows)}, each with its remedy in {path}"] if rows else []


def _model(results: Path, analysis: Mapping[str, Any]) -> list[str]:
    name = analysis["analysis"]
    if analysis["status"] != "fitted":
        return [f"  Analysis {name}: no model. {one_line('; '.join(analysis['reasons']))}"]
    rows = {row["measure"]: row for row in _rows(results / name / "performance.csv")}
    auc = rows["auc"]
    return [
        f"  Analysis {name}: n = {analysis['n']}, {analysis['events']} events; {', '.join(analysis['terms'])}",
        f"    AUC {_3(auc['apparent'])} ({_3(auc['ci_low'])} to {_3(auc['ci_high'])}), "
        f"{_3(auc['corrected'])} corrected for optimism",
    ]


def _pictures(path: Path) -> list[str]:
    return [f"  Pictures:  {path}, patients to look at first"] if path.is_file() else []


def _first(results: Path) -> list[str]:
    report, run = results / "report.html", results / "run.json"
    if report.is_file() and run.is_file() and report.stat().st_mtime >= run.stat().st_mtime:
        return [f"  Open first: {report}"]
    nomograms = sorted(results.glob("*/figures/nomogram.png"))
    if nomograms:
        return [
            f"  Open first: {nomograms[-1]}",
            f"  Report:     made by `make run`, or snakemake --report {report}",
        ]
    readers = results / "cohort" / "readers.csv"
    return [f"  Open first: {readers}"] if readers.is_file() else []


def _3(number: str) -> str:
    return f"{float(number):.3f}" if number else "–"


def _rows(path: Path) -> list[dict[str, str]]:
    return read_csv(path) if path.is_file() else []


def _json(path: Path) -> Any:
    return read_json(path) if path.is_file() else None
