"""What holds for every cohort, whoever is in it and however the tables are written."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cohort_folders import csv_text, goutallier, pacs, patient, run, visit, write_cohort
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Tables = dict[str, list[dict[str, Any]]]


@st.composite
def cohorts(draw: st.DrawFn) -> Tables:
    """Tables of a few patients who fail all sorts of criteria, or none."""
    tables: Tables = {"patients": [], "visits": [], "readings": [], "measurements": []}
    for number in range(draw(st.integers(1, 8))):
        name = f"P{number}"
        cells = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "age": st.sampled_from(["old", 12, 45.5, ""]),
                    "ads": st.sampled_from([0, 1]),
                    "dxa_t_lumbar": st.sampled_from([-3.5, ""]),
                    "bmi": st.sampled_from([21.25, 250]),
                    "prior_lumbar_surgery": st.sampled_from([0, 1]),
                    "patient_id": st.sampled_from(["P0", "not an id", name]),
                },
            )
        )
        tables["patients"].append({**patient(name), **cells})
        months = draw(st.lists(st.sampled_from([3, 9.5, 12, 14, 25]), unique=True, max_size=3))
        tables["visits"] += [
            visit(name, month, reader, lucency_mm=draw(st.sampled_from([0.5, 1.5, ""])))
            for month in months
            for reader in ("R1", "R2")
        ]
        tables["readings"] += goutallier(name, draw(st.integers(0, 4)))
        tables["measurements"] += pacs(
            name, b_hu=draw(st.sampled_from([10.5, 90])), pbq=draw(st.sampled_from(["", 2.75]))
        )
    return tables


def outputs(cohort: Path) -> dict[str, bytes]:
    """What the cohort rules write, less what names rows of the input."""
    results = run(cohort, cohort.parent / f"{cohort.name}-out")
    names = ("cohort.csv", "cohort.json", "flow.csv", "readers.csv", "measurements.csv", "cohort.parquet")
    return {name: (results.folder / name).read_bytes() for name in names}


def as_german_excel(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows with byte order mark, semicolons, decimal commas, carriage returns and an empty last line."""
    written = [
        {
            column: str(value).replace(".", ",") if isinstance(value, float) else value
            for column, value in row.items()
        }
        for row in rows
    ]
    return b"\xef\xbb\xbf" + (csv_text(written, ";") + ";;\n").replace("\n", "\r\n").encode()


@FEW
@given(cohorts())
def test_the_counts_of_the_flow_diagram_add_up(tables: Tables) -> None:
    with tempfile.TemporaryDirectory() as folder:
        results = run(write_cohort(Path(folder, "cohort"), tables), Path(folder, "out"))
        flow, excluded, analysed = results.table("flow"), results.excluded(), results.table("cohort")
    boxes = [int(row["n"]) for row in flow if not row["criterion"]]
    exits: dict[str, int] = {}
    for row in flow:
        if row["criterion"] and row["stage"] != "analysed":
            exits[row["stage"]] = exits.get(row["stage"], 0) + int(row["n"])
    assert [before - left for before, left in zip(boxes, exits.values(), strict=False)] == boxes[1:]
    assert boxes[0] == len(excluded) + len(analysed)
    assert boxes[-1] == len(analysed)
    assert not set(excluded) & {row["patient_id"] for row in analysed}
    parts = [row for row in flow if row["stage"] == "analysed"]
    for column in ("n", "events"):
        assert int(parts[0][column]) == int(parts[1][column]) + int(parts[2][column])
    assert int(parts[0]["events"]) == sum(row["loosening"] == "1" for row in analysed)


@FEW
@given(cohorts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(tables: Tables, shuffler: random.Random) -> None:
    shuffled = {name: shuffler.sample(rows, len(rows)) for name, rows in tables.items()}
    with tempfile.TemporaryDirectory() as folder:
        before = outputs(write_cohort(Path(folder, "before"), tables))
        after = outputs(write_cohort(Path(folder, "after"), shuffled))
    assert before == after


@FEW
@given(cohorts())
def test_the_way_a_spreadsheet_writes_csv_never_matters(tables: Tables) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain = write_cohort(Path(folder, "plain"), tables)
        german = write_cohort(Path(folder, "german"), tables)
        for name, rows in tables.items():
            if rows:
                (german / f"{name}.csv").write_bytes(as_german_excel(rows))
        assert outputs(plain) == outputs(german)
