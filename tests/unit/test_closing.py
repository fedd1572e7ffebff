from pathlib import Path

from bonehold.files import csv_bytes, json_bytes, write_whole
from bonehold.publishing.closing import closing_lines
from bonehold.publishing.status import analysis_rows, patient_rows


def test_nothing_is_said_of_what_is_not_there(tmp_path: Path) -> None:
    assert closing_lines(tmp_path).strip() == f"Bonehold results in {tmp_path}"


def test_an_analysis_without_a_model_says_why(tmp_path: Path) -> None:
    analysis = {"analysis": "primary", "status": "not_fitted", "reasons": ["a\nb"], "terms": []}
    write_whole({tmp_path / "run.json": json_bytes({"synthetic": False, "analyses": [analysis]})})
    assert "Analysis primary: no model. a b" in closing_lines(tmp_path)


def test_measured_patients_are_counted_by_how_it_ended(tmp_path: Path) -> None:
    patients = {
        str(k): {"status": status} for k, status in enumerate(["complete", "partial", "complete", "error"])
    }
    write_whole(
        {
            tmp_path / "cohort" / "measured.json": json_bytes({"patients": patients}),
            tmp_path / "cohort" / "problems.csv": csv_bytes(("problem",), [{"problem": "x"}]),
        }
    )
    text = closing_lines(tmp_path)
    assert "Measured:  4 patients (2 complete, 1 partial, 1 error)" in text
    assert "Problems:  1, each with its remedy in" in text


def test_where_the_pictures_are(tmp_path: Path) -> None:
    write_whole({tmp_path / "qc" / "index.html": b""})
    assert f"Pictures:  {tmp_path / 'qc' / 'index.html'}" in closing_lines(tmp_path)


def test_every_patient_has_a_row_for_measuring_and_one_for_the_cohort() -> None:
    statuses = {
        "B": {"status": "partial", "reasons": {"pbq": "no MR"}},
        "A": {"status": "complete", "reasons": {}},
    }
    exclusions = [
        {"patient_id": "B", "criterion": "pbq", "detail": "no MR", "first": "1"},
        {"patient_id": "B", "criterion": "age", "detail": "", "first": "0"},
        {"patient_id": "row-4", "criterion": "invalid_input", "detail": "", "first": "1"},
    ]
    columns = ("patient_id", "stage", "status", "reason")
    made = patient_rows(statuses, exclusions, ["A"], {}, [])
    rows = [tuple(row[column] for column in columns) for row in made]
    assert rows == [
        ("A", "measuring", "complete", ""),
        ("A", "cohort", "analysed", ""),
        ("B", "measuring", "partial", "no MR"),
        ("B", "cohort", "excluded", "pbq: no MR"),
        ("row-4", "cohort", "excluded", "invalid_input"),
    ]


def test_an_analysis_has_a_row() -> None:
    models = [
        {"analysis": "a", "status": "fitted"},
        {"analysis": "b", "status": "not_fitted", "reasons": ["x", "y"]},
    ]
    assert [row["reason"] for row in analysis_rows(models)] == ["", "x; y"]
