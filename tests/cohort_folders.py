"""Small cohort folders for tests, and the two cohort rules run on them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import build_cohort
import merge_measurements
import yaml
from bonehold.configuration import checked_configuration

ROOT = Path(__file__).resolve().parent.parent
CONFIG: dict[str, Any] = checked_configuration(
    yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")),
    ROOT / "workflow" / "schemas" / "config.schema.yaml",
)
MEASURING = ("levels", "require", "combine", "b_hu_minimum", "hu_ratio_range", "left_right")
MERGED = ("measurements", "readers", "repeat_measurements", "repeat_readers", "acquisition", "spinopelvic")
BUILT = (
    "time_to_loosening",
    "variants",
    "acquisition_summary",
    "exclusions",
    "problems",
    "flow",
    "ratings",
)
BUILDING = ("on_bad_row", "outcome", "goutallier", "dxa", "eligibility")
DISCS = ("L1L2", "L2L3", "L3L4", "L4L5", "L5S1")

Table = Sequence[Mapping[str, Any]]


def patient(patient_id: str, **cells: Any) -> dict[str, Any]:
    """A patient who fails no criterion as long as `clean_visits` and `pacs` go with it."""
    sound = {"age": 60, "sex": "F", "bmi": 24.5, "ads": 0, "has_ct": 1, "has_mri": 1, "dxa_t_lumbar": -1.5}
    return {"patient_id": patient_id, **sound, **cells}


def visit(
    patient_id: str, months: float, reader: str = "R1", modality: str = "CT", **cells: Any
) -> dict[str, Any]:
    """One reading of a follow-up image; clean unless the cells say otherwise."""
    return {
        "patient_id": patient_id,
        "months": months,
        "modality": modality,
        "reader": reader,
        "lucency_mm": 0.2,
        "double_halo": 0,
        **cells,
    }


def clean_visits(patient_id: str) -> list[dict[str, Any]]:
    """Follow-up that is enough for every disease."""
    return [visit(patient_id, 24)]


def pacs(patient_id: str, **cells: Any) -> list[dict[str, Any]]:
    """Ready-made measures of two readers."""
    values = {"b_hu": 100, "st_hu": 150, "pbq": 3, **cells}
    return [{"patient_id": patient_id, "reader": reader, **values} for reader in ("R1", "R2")]


def goutallier(patient_id: str, grade: int = 2) -> list[dict[str, Any]]:
    """The same grade by one reader at every disc and side."""
    return [
        {
            "patient_id": patient_id,
            "reader": "R1",
            "measure": "goutallier",
            "level": disc,
            "side": side,
            "value": grade,
        }
        for disc in DISCS
        for side in "LR"
    ]


def csv_text(rows: Table, delimiter: str = ",") -> str:
    """Rows as CSV; columns in the order in which they first occur."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_cohort(folder: Path, tables: Mapping[str, Table], about: str = "synthetic: true\n") -> Path:
    """Write a cohort folder with the given tables; empty ones are left out, but for headers of visits and readings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cohort.yaml").write_text(about, encoding="utf-8")
    (folder / "visits.csv").write_text("patient_id,months,modality,reader\n", encoding="utf-8")
    (folder / "readings.csv").write_text("patient_id,reader,measure,value\n", encoding="utf-8")
    for name, rows in tables.items():
        if rows:
            (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
    return folder


def roi(reader: str, name: str, mean: float | None, **fields: Any) -> dict[str, Any]:
    """A region as the measuring rule writes it."""
    return {
        "reader": reader,
        "roi": name,
        "level": name[:2],
        "mean": mean,
        "flags": [],
        "reason": "",
        **fields,
    }


def measured(patient_id: str, modality: str, rois: Table, status: str = "measured") -> dict[str, Any]:
    """A document of the measuring rule."""
    return {
        "schema": "measured/1",
        "patient_id": patient_id,
        "modality": modality,
        "status": status,
        "problems": [],
        "acquisition": {"kvp": 120.0} if modality == "CT" else {"field_t": 3.0},
        "rois": list(rois),
    }


@dataclass(frozen=True)
class Results:
    """The outputs of the two rules."""

    folder: Path

    def table(self, name: str) -> list[dict[str, str]]:
        """A CSV output as rows of text."""
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    def json(self, name: str) -> Any:
        """A JSON output."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def excluded(self) -> dict[str, list[str]]:
        """Patient -> failed criteria, the one that counts first."""
        failed: dict[str, list[str]] = {}
        for row in self.table("exclusions"):
            failed.setdefault(row["patient_id"], []).append(row["criterion"])
        return failed


def run(cohort: Path, out: Path, documents: Sequence[Mapping[str, Any]] = (), **changes: Any) -> Results:
    """Run merge_measurements and build_cohort on a cohort folder."""
    config = {**CONFIG, **changes}
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, document in enumerate(documents):
        path = out / f"document{number}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        paths.append(str(path))
    named = {name: str(out / f"{name}.csv") for name in MERGED}
    statuses = str(out / "measured.json")
    merge_measurements.main(
        SimpleNamespace(
            config={"cohort": str(cohort), "results": str(out)},
            input=SimpleNamespace(measured=paths),
            params=SimpleNamespace(options=json.dumps({key: config[key] for key in MEASURING})),
            output=SimpleNamespace(**named, statuses=statuses),
        )
    )
    build_cohort.main(
        SimpleNamespace(
            config={"cohort": str(cohort)},
            input=SimpleNamespace(
                readers=named["readers"],
                acquisition=named["acquisition"],
                spinopelvic=named["spinopelvic"],
                statuses=statuses,
            ),
            params=SimpleNamespace(options=json.dumps({key: config[key] for key in BUILDING})),
            output=SimpleNamespace(
                cohort_csv=str(out / "cohort.csv"),
                cohort_parquet=str(out / "cohort.parquet"),
                dictionary=str(out / "cohort.json"),
                **{name: str(out / f"{name}.csv") for name in BUILT},
            ),
        )
    )
    return Results(out)
