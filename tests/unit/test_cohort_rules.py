"""The two cohort rules, run as Snakemake runs them, on small cohort folders."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet
import pytest
from bonehold.problems import InputError
from cohort_folders import (
    CONFIG,
    Results,
    clean_visits,
    goutallier,
    measured,
    pacs,
    patient,
    roi,
    run,
    visit,
    write_cohort,
)

PATIENTS = [
    patient("P1", centre="A", technique="TLIF", dicom="", surgery_date="2023-03-01", prior_lumbar_surgery=0),
    patient("P2", ads=1, centre="A", technique="TLIF", surgery_date="2024-12-01"),
    patient("P3", age=17, prior_lumbar_surgery=1),
    patient("P4", age="old"),
    patient("P5"),
]
VISITS = [
    *clean_visits("P1"),
    visit("P2", 6),
    *clean_visits("P3"),
    visit("P5", 6),
    visit("P5", 14, lucency_mm=1.2),
]
ABOUT = "title: Test\nsynthetic: true\ndata_cut: 2025-06-30\ntrue_coefficients: {age: 0.07}\n"


@pytest.fixture
def results(tmp_path: Path) -> Results:
    tables = {
        "patients": PATIENTS,
        "visits": VISITS,
        "readings": [*goutallier("P1", 3), *goutallier("P5", 2)[:9]],
        "measurements": [*pacs("P1"), *pacs("P2"), *pacs("P3"), *pacs("P5", b_hu=80)],
    }
    return run(write_cohort(tmp_path / "cohort", tables, ABOUT), tmp_path / "out")


def test_the_fixed_columns_come_in_their_order(results: Results) -> None:
    assert ",".join(results.table("measurements")[0]).startswith(
        "patient_id,reader,roi,level,mean,sd,minimum,maximum,n,area_mm2,mean_cubic,flags,"
        "cylinder_mean,cylinder_sd,cylinder_n"
    )
    assert ",".join(results.table("readers")[0]).startswith(
        "patient_id,reader,level_used,csf_level,b_hu,st_hu,hu_ratio,pbq,flags"
    )
    columns = ",".join(results.table("cohort")[0])
    assert columns.startswith("patient_id,age,sex,bmi,ads,dxa_t_lumbar,centre,technique,")
    assert columns.endswith(
        ",level_used,csf_level,b_hu,st_hu,hu_ratio,pbq,goutallier,loosening,follow_up_months,time_months,event,"
        "last_clean_months,first_loose_months,outcome_modality,status,ct_kvp,ct_slice_mm,mr_field_t,mr_tr,mr_te"
    )


def test_the_values_of_an_analysed_patient(results: Results) -> None:
    first, second = results.table("cohort")
    assert [first["patient_id"], second["patient_id"]] == ["P1", "P5"]
    assert (first["hu_ratio"], first["pbq"], first["goutallier"], first["loosening"]) == (
        "1.5",
        "3.0",
        "3",
        "0",
    )
    assert (second["hu_ratio"], second["goutallier"], second["loosening"]) == ("1.875", "", "1")
    assert (second["first_loose_months"], second["last_clean_months"]) == ("14.0", "6.0")


def test_paths_dates_and_flags_never_enter_the_table(results: Results) -> None:
    columns = set(results.table("cohort")[0])
    assert not columns & {"dicom", "annotations", "has_ct", "has_mri", "surgery_date", "prior_lumbar_surgery"}
    written = b"".join(path.read_bytes() for path in results.folder.iterdir())
    assert b"2023-03-01" not in written
    assert b"2025-06-30" not in written


def test_every_failed_criterion_of_every_other_patient(results: Results) -> None:
    assert results.excluded() == {
        "P2": ["not_due"],
        "P3": ["age", "prior_lumbar_surgery"],
        "P4": ["invalid_input"],
    }
    first = {
        row["patient_id"]: row["criterion"] for row in results.table("exclusions") if row["first"] == "1"
    }
    assert first == {"P2": "not_due", "P3": "age", "P4": "invalid_input"}


def test_problems_name_table_row_and_column(results: Results) -> None:
    (problem,) = results.table("problems")
    assert [problem[name] for name in ("patient_id", "source", "row", "column", "value")] == [
        "P4",
        "patients.csv",
        "5",
        "age",
        "old",
    ]


def test_the_dictionary_describes_every_column(results: Results) -> None:
    dictionary = results.json("cohort")
    assert list(dictionary["columns"]) == list(results.table("cohort")[0])
    assert (dictionary["patients"], dictionary["synthetic"], dictionary["true_coefficients"]) == (
        2,
        True,
        {"age": 0.07},
    )
    assert dictionary["columns"]["bmi"]["unit"] == "kg/m²"
    assert "24 with scoliosis" in dictionary["rules"]["outcome"]


def test_parquet_holds_the_same_table(results: Results) -> None:
    table = pyarrow.parquet.read_table(results.folder / "cohort.parquet").to_pylist()
    assert [row["patient_id"] for row in table] == ["P1", "P5"]
    assert (table[1]["loosening"], table[1]["hu_ratio"], table[1]["goutallier"]) == (1, 1.875, None)


def test_the_same_input_gives_the_same_bytes(results: Results, tmp_path: Path) -> None:
    again = run(tmp_path / "cohort", tmp_path / "again")
    names = sorted(path.name for path in results.folder.iterdir())
    assert [(again.folder / name).read_bytes() for name in names] == [
        (results.folder / name).read_bytes() for name in names
    ]


def test_bad_rows_can_stop_the_run_with_every_line(results: Results, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 5, age = 'old'"):
        run(tmp_path / "cohort", tmp_path / "out", on_bad_row="stop")


@pytest.mark.parametrize(("rule", "loosening"), [("last", "0"), ("ever", "1"), ("horizon", "1")])
def test_the_outcome_rule_is_configured(tmp_path: Path, rule: str, loosening: str) -> None:
    tables = {
        "patients": [patient("P1")],
        "visits": [visit("P1", 6, lucency_mm=2), visit("P1", 13)],
        "measurements": pacs("P1"),
    }
    outcome = {**CONFIG["outcome"], "rule": rule}
    (row,) = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", outcome=outcome).table("cohort")
    assert row["loosening"] == loosening


def test_a_disputed_visit_is_listed_for_adjudication(tmp_path: Path) -> None:
    tables = {
        "patients": [patient("P1")],
        "visits": [visit("P1", 12), visit("P1", 12, "R2", lucency_mm=2), visit("P1", 6)],
        "measurements": pacs("P1"),
    }
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert results.excluded() == {"P1": ["follow_up_too_short"]}
    (problem,) = results.table("problems")
    assert (problem["patient_id"], problem["source"]) == ("P1", "visits.csv")
    assert problem["problem"] == "the readers of the CT at 12 months disagree: it does not count"


def test_an_override_excludes_a_patient_without_telling_the_reason(tmp_path: Path) -> None:
    tables = {
        "patients": [patient("P1")],
        "visits": clean_visits("P1"),
        "measurements": pacs("P1"),
        "overrides": [{"patient_id": "P1", "item": "exclude", "value": "", "reason": "withdrew, Mrs Meier"}],
    }
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert results.excluded() == {"P1": ["excluded_by_override"]}
    assert b"Meier" not in b"".join(path.read_bytes() for path in results.folder.iterdir())


def test_angles_come_from_readers_where_the_table_is_blank(tmp_path: Path) -> None:
    angle = {"patient_id": "P1", "measure": "pi"}
    tables = {
        "patients": [patient("P1", pt=15)],
        "visits": clean_visits("P1"),
        "measurements": pacs("P1"),
        "readings": [
            {**angle, "reader": "R1", "session": "", "value": 50},
            {**angle, "reader": "R2", "session": "", "value": 53},
            {**angle, "reader": "R1", "session": 2, "value": 90},
        ],
    }
    (row,) = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out").table("cohort")
    assert (row["pi"], row["pt"], "ss" in row) == ("51.5", "15.0", False)


def test_the_angles_of_a_pelvis_are_compared_wherever_they_come_from(tmp_path: Path) -> None:
    angles = [
        {"patient_id": "P3", "reader": reader, "measure": "ss", "value": value}
        for reader, value in (("R1", 25), ("R2", 27))
    ]
    tables = {
        "patients": [
            patient("P1", pi=50, pt=17, ss=30),
            patient("P2", pi=50, pt=22, ss=30),
            patient("P3", pi=50, pt=17, ss=""),
        ],
        "readings": angles,
    }
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert [(row["patient_id"], row["problem"]) for row in results.table("problems")] == [
        ("P1", "PI differs from PT + SS by 3.0 degrees; kept as given"),
        ("P3", "PI differs from PT + SS by 7.0 degrees; kept as given"),
    ]


@pytest.mark.parametrize(
    ("surgery", "data_cut", "criterion"),
    [
        ("2022-06-30", "2023-06-30", "follow_up_too_short"),
        ("2022-06-30", "2023-06-29", "not_due"),
        ("2023-03-01", "2024-02-29", "not_due"),
        ("2024-02-29", "2025-02-28", "follow_up_too_short"),
    ],
)
def test_follow_up_is_due_after_calendar_months(
    tmp_path: Path, surgery: str, data_cut: str, criterion: str
) -> None:
    tables = {
        "patients": [patient("P1", surgery_date=surgery)],
        "visits": [visit("P1", 6)],
        "measurements": pacs("P1"),
    }
    cohort = write_cohort(tmp_path / "cohort", tables, f"data_cut: {data_cut}\n")
    assert run(cohort, tmp_path / "out").excluded() == {"P1": [criterion]}


@pytest.mark.parametrize(("days", "failed"), [(-1, []), (0, []), (1, ["preoperative_ct"])])
def test_a_ct_made_after_surgery_is_no_preoperative_ct(tmp_path: Path, days: int, failed: list[str]) -> None:
    tables = {
        "patients": [patient("P1", ct_days_to_surgery=days)],
        "visits": clean_visits("P1"),
        "measurements": pacs("P1"),
    }
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert results.excluded().get("P1", []) == failed


def test_an_mri_made_after_surgery_counts_only_where_an_image_says_otherwise(tmp_path: Path) -> None:
    tables = {"patients": [patient("P1", mr_days_to_surgery=3), patient("P2", mr_days_to_surgery=3)]}
    cohort = write_cohort(tmp_path / "cohort", tables)
    excluded = run(cohort, tmp_path / "out", [measured("P2", "MR", [], "no_annotations")]).excluded()
    assert "preoperative_mri" in excluded["P1"]
    assert "preoperative_mri" not in excluded["P2"]


def test_the_id_comes_first_wherever_the_table_has_it(tmp_path: Path) -> None:
    patients = [{"age": 60, "bmi": 25, **patient("P1")}]
    tables = {"patients": patients, "visits": clean_visits("P1"), "measurements": pacs("P1")}
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert list(results.table("cohort")[0])[:3] == ["patient_id", "age", "bmi"]
    table = pyarrow.parquet.read_table(results.folder / "cohort.parquet")
    assert table.column_names[:3] == ["patient_id", "age", "bmi"]


def test_columns_of_a_pacs_table_may_be_spelt_freely(tmp_path: Path) -> None:
    values = [
        {"patient_id": "P1", "reader": "R1", "PBQ": "3,5", "B-HU": 100, "ST HU": 150},
        {"patient_id": "P1", "reader": "R2", "PBQ": 2.5, "B-HU": 100, "ST HU": 150},
    ]
    tables = {"patients": [patient("P1")], "visits": clean_visits("P1"), "measurements": values}
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out")
    assert [row["problem"] for row in results.table("problems")] == ["is not a number"]
    (row,) = results.table("cohort")
    assert (row["pbq"], row["hu_ratio"]) == ("2.5", "1.5")


def test_a_folder_of_the_consensus_in_capitals_is_the_consensus(tmp_path: Path) -> None:
    spoken = [{**one, "reader": "Consensus", "mean": one["mean"] / 2} for one in CT]
    cohort = write_cohort(tmp_path / "cohort", {"patients": [patient("P1")]})
    results = run(cohort, tmp_path / "out", [measured("P1", "CT", [*CT, *spoken])])
    rows = {row["reader"]: row for row in results.table("readers")}
    assert set(rows) == {"R1", "consensus", "combined"}
    assert rows["combined"]["b_hu"] == rows["consensus"]["b_hu"] == "55.0"


CT = [
    roi("R1", f"L3_{name}", mean)
    for name, mean in [
        ("body_superior", 100.0),
        ("body_middle", 110.0),
        ("body_inferior", 120.0),
        ("trajectory_left", 150.0),
        ("trajectory_right", 180.0),
    ]
]


def test_images_are_merged_and_every_patient_gets_a_status(tmp_path: Path) -> None:
    fault = {
        "source": "measure_patient",
        "problem": "an unforeseen fault (KeyError)",
        "remedy": "please report it",
        "patient_id": "P2",
    }
    broken = {**measured("P2", "CT", [], "error"), "problems": [fault]}
    documents = [
        {**broken, "modality": "MR"},
        broken,
        measured("P1", "MR", [], "no_series"),
        {"schema": "series/1", "patient_id": "P1", "status": "indexed", "problems": []},
        measured("P1", "CT", CT),
    ]
    ids = ("P1", "P2", "P3", "P4")
    tables = {
        "patients": [patient(one, has_ct="", has_mri="") for one in ids],
        "visits": [row for one in ids for row in clean_visits(one)],
        "measurements": pacs("P3"),
    }
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", documents)
    statuses = results.json("measured")["patients"]
    assert {one: status["status"] for one, status in statuses.items()} == {
        "P1": "partial",
        "P2": "error",
        "P3": "complete",
        "P4": "unmeasurable",
    }
    assert statuses["P1"]["reasons"] == {"pbq": "no usable series was found; no regions and no PACS values"}
    assert results.excluded() == {
        "P1": ["preoperative_mri", "pbq"],
        "P2": ["hu_ratio", "pbq"],
        "P4": ["preoperative_ct", "preoperative_mri", "hu_ratio", "pbq"],
    }
    assert [row["patient_id"] for row in results.table("acquisition")] == ["P1", "P2"]
    assert [row["problem"] for row in results.table("problems")] == ["an unforeseen fault (KeyError)"]
    combined = [row for row in results.table("readers") if row["reader"] == "combined"]
    assert [(row["patient_id"], row["hu_ratio"]) for row in combined] == [
        ("P1", "1.5"),
        ("P2", ""),
        ("P3", "1.5"),
        ("P4", ""),
    ]
    assert set(combined[3].values()) == {"P4", "combined", ""}


def test_the_order_of_documents_does_not_matter(tmp_path: Path) -> None:
    documents = [
        measured("P1", "CT", CT),
        measured("P2", "CT", CT),
        measured("P1", "MR", [], "no_annotations"),
    ]
    cohort = write_cohort(tmp_path / "cohort", {"patients": [patient("P1"), patient("P2")]})
    one = run(cohort, tmp_path / "one", documents)
    other = run(cohort, tmp_path / "other", documents[::-1])
    for name in ("measurements.csv", "readers.csv", "acquisition.csv", "measured.json"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_a_cohort_without_any_measurement_or_visit(tmp_path: Path) -> None:
    results = run(write_cohort(tmp_path / "cohort", {"patients": [patient("P1")]}), tmp_path / "out")
    assert results.table("cohort") == []
    assert results.excluded()["P1"][0] == "postoperative_imaging"


def test_merged_grades_are_stated(tmp_path: Path) -> None:
    tables = {
        "patients": [patient("P1")],
        "visits": clean_visits("P1"),
        "measurements": pacs("P1"),
        "readings": goutallier("P1", 2),
    }
    merged = {**CONFIG["goutallier"], "collapse": [[1, 2], [3, 4]]}
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", goutallier=merged)
    assert results.table("cohort")[0]["goutallier"] == "1"
    assert results.json("cohort")["rules"]["goutallier"].endswith("(1 and 2 as 1, 3 and 4 as 3)")


def test_without_the_criteria_of_measures_gaps_stay_but_an_undefined_ratio_leaves(tmp_path: Path) -> None:
    names = ("P1", "P2", "P3")
    tables = {
        "patients": [patient(name) for name in names],
        "visits": [row for name in names for row in clean_visits(name)],
        "measurements": [*pacs("P1"), *pacs("P2", b_hu=19.9)],
    }
    measures = [name for name in CONFIG["eligibility"] if name not in ("hu_ratio", "pbq")]
    results = run(write_cohort(tmp_path / "cohort", tables), tmp_path / "out", eligibility=measures)
    assert [(row["patient_id"], row["hu_ratio"]) for row in results.table("cohort")] == [
        ("P1", "1.5"),
        ("P3", ""),
    ]
    (left,) = results.table("exclusions")
    assert (left["patient_id"], left["criterion"], left["first"]) == ("P2", "hu_ratio", "1")
    assert left["detail"] == "B-HU of 19.9 HU is below 20 HU"
    boxes = {row["criterion"]: row["n"] for row in results.table("flow")}
    assert (boxes["hu_ratio"], boxes["pbq"]) == ("1", "0")
