"""The table of design: which change runs which rules again, counted in real runs."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from pathlib import Path

from cohorts import read_table, write_images, write_table
from project import Project

ONE_PATIENT = Counter(measure_patient=1, draw_overlay=1)
MERGE = Counter(merge_measurements=1, write_quality_index=1)
COHORT = Counter(build_cohort=1, draw_flow=1, measure_agreement=1, draw_agreement=1)
MODELLING = Counter(
    impute_missing=1,
    describe_analysis=1,
    fit_model=1,
    measure_discrimination=1,
    validate_model=1,
    analyse_survival=1,
    analyse_decisions=1,
    tabulate_nomogram=1,
    plan_sample_size=1,
    assess_stability=1,
    compare_learners=1,
    correlate_predictors=1,
    associate_predictors=1,
    diagnose_collinearity=1,
    check_linearity=1,
    compare_nested_models=1,
    vary_analysis=1,
)
PUBLISHING = Counter(
    draw_forest=1,
    draw_imputation_trace=1,
    draw_stability=1,
    draw_comparison=1,
    draw_sensitivity=1,
    draw_nomogram=1,
    draw_roc=1,
    draw_decision_curve=1,
    draw_clinical_impact=1,
    draw_calibration=1,
    draw_survival=1,
    draw_survival_interval=1,
    write_tables=1,
    write_publication=1,
    draw_correlation=1,
    draw_association=1,
    draw_collinearity=1,
    draw_linearity=1,
    draw_incremental=1,
    write_status=1,
    write_run=1,
)
FROM_COHORT_ON = COHORT + MODELLING + PUBLISHING
FROM_MERGE_ON = MERGE + FROM_COHORT_ON
TARGETS = ("measurements", "cohort", "modelling", "publishing")


UP_TO_THE_MODEL = ("measurements", "cohort", "results/primary/model.json")
"""What is made for real where everything would run: from the model on, that jobs follow is told by the plan."""
MADE = {*ONE_PATIENT, *MERGE, *COHORT, "impute_missing", "fit_model"}


def executed(project: Project) -> Counter[str]:
    """What a plain run executes; it must succeed, and a second one must then have nothing to do."""
    run = project.run()
    assert run.code == 0, run.output
    again = project.run()
    assert again.executed == Counter(), again.output
    return run.executed


def planned(project: Project) -> Counter[str]:
    """What a plain run would execute; all of it up to the model is executed, once, just as planned."""
    dry = project.run("-n")
    assert dry.code == 0 and dry.executed == Counter(), dry.output
    jobs = re.findall(r"^(\w+) +(\d+)$", dry.output, re.MULTILINE)
    plan = Counter({rule: int(count) for rule, count in jobs if rule not in ("total", "all", *TARGETS)})
    run = project.run("--", *UP_TO_THE_MODEL)
    assert run.code == 0, run.output
    assert run.executed == Counter({rule: count for rule, count in plan.items() if rule in MADE})
    again = project.run("--", *UP_TO_THE_MODEL)
    assert again.executed == Counter(), again.output
    return plan


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_first_run_executes_everything(finished: Project) -> None:
    logs = Counter(rule for rule, _ in finished._logs())
    assert logs == ONE_PATIENT + ONE_PATIENT + FROM_MERGE_ON


def test_nothing(project: Project) -> None:
    run = project.run()
    assert run.code == 0 and run.executed == Counter(), run.output


def test_a_patient_added(project: Project) -> None:
    rows = read_table(project.cohort / "patients.csv")
    new = {**rows[-1], "patient_id": "NEW1", "dicom": "dicom/NEW1", "annotations": "annotations/NEW1"}
    write_images(project.cohort, "NEW1")
    write_table(project.cohort / "patients.csv", [*rows, new])
    assert planned(project) == ONE_PATIENT + FROM_MERGE_ON
    assert "NEW1" in (project.results / "cohort" / "readers.csv").read_text()


def test_a_roi_file_edited(project: Project) -> None:
    roi = project.cohort / "annotations" / "IMG1" / "R1" / "L3_body_middle.mrk.json"
    edit(roi, '"size": [16.0, 12.0, 2]', '"size": [14.0, 12.0, 2]')
    assert planned(project) == ONE_PATIENT + FROM_MERGE_ON


def test_a_dicom_file_added_deep_in_the_folder(project: Project) -> None:
    deep = project.cohort / "dicom" / "IMG2" / "ST1" / "SE0" / "more"
    deep.mkdir()
    (deep / "notes").write_text("no DICOM")
    assert planned(project) == ONE_PATIENT + FROM_MERGE_ON
    assert "is not a DICOM file" in (project.results / "cohort" / "problems.csv").read_text()


def test_a_dicom_file_replaced_by_an_older_one(project: Project) -> None:
    path = project.cohort / "dicom" / "IMG2" / "ST0" / "SE0" / "IM000002"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert planned(project) == ONE_PATIENT + FROM_MERGE_ON


def test_the_override_of_a_patient(project: Project) -> None:
    override = {"patient_id": "IMG1", "item": "ct_series", "value": "2", "reason": "as discussed"}
    write_table(project.cohort / "overrides.csv", [override])
    assert planned(project) == ONE_PATIENT + FROM_MERGE_ON


def test_visits(project: Project) -> None:
    rows = read_table(project.cohort / "visits.csv")
    rows[3]["lucency_mm"] = "1.7"
    write_table(project.cohort / "visits.csv", rows)
    assert planned(project) == FROM_COHORT_ON


def test_ratings(project: Project) -> None:
    measured = project.json("cohort", "measured.json")["patients"]["IMG1"]["measured"]
    rating = {"patient_id": "IMG1", "rating": "redo", "measured": measured, "note": "too large"}
    write_table(project.cohort / "ratings.csv", [rating])
    assert planned(project) == FROM_COHORT_ON + Counter(write_quality_index=1)
    excluded = read_table(project.results / "cohort" / "exclusions.csv")
    assert [row["patient_id"] for row in excluded if row["criterion"] == "awaiting_redraw"] == ["IMG1"]


def test_a_clinical_value(project: Project) -> None:
    rows = read_table(project.cohort / "patients.csv")
    rows[0]["bmi"] = "31"
    write_table(project.cohort / "patients.csv", rows)
    assert planned(project) == FROM_COHORT_ON


def test_touched_or_written_again_with_the_same_content(project: Project) -> None:
    time.sleep(0.05)
    for path in [
        *project.cohort.glob("*.csv"),
        project.cohort / "cohort.yaml",
        *project.cohort.glob("annotations/*/*/*"),
    ]:
        path.write_bytes(path.read_bytes())
    assert executed(project) == Counter()


def test_a_model_option(project: Project) -> None:
    project.configure(bootstrap={"repetitions": 40})
    resampled = ("validate_model", "compare_nested_models", "analyse_decisions", "assess_stability")
    drawn = ("calibration", "incremental", "decision_curve", "clinical_impact", "stability", "sensitivity")
    others = ("vary_analysis", "plan_sample_size", "write_tables", "write_publication", "write_run")
    assert executed(project) == Counter([*resampled, *others, *(f"draw_{name}" for name in drawn)])


def test_an_option_of_one_table(project: Project) -> None:
    project.configure(correlation=[["pbq", "hu_ratio"], ["pbq", "age"]])
    assert executed(project) == Counter(
        correlate_predictors=1, draw_correlation=1, write_tables=1, write_publication=1, write_run=1
    )


def test_two_options_swapped_are_noticed(project: Project) -> None:
    project.configure(outcome={"minimum_months": 24, "minimum_months_ads": 12})
    run = project.run("-n")
    assert "build_cohort" in run.output


def test_library_code(project: Project) -> None:
    edit(
        project.folder / "scripts" / "bonehold" / "imaging" / "outlines.py",
        "ON_THE_OUTLINE_MM = 1e-6",
        "ON_THE_OUTLINE_MM = 2e-6",
    )
    assert planned(project) == ONE_PATIENT + ONE_PATIENT + FROM_MERGE_ON


def test_library_code_of_a_late_rule(project: Project) -> None:
    edit(
        project.folder / "scripts" / "bonehold" / "publishing" / "figures" / "nomogram_figure.py",
        "\ndef ",
        "\nUNUSED = 1\n\n\ndef ",
    )
    assert executed(project) == Counter(draw_nomogram=1)


def test_comments_and_formatting_of_library_code(project: Project) -> None:
    path = project.folder / "scripts" / "bonehold" / "imaging" / "outlines.py"
    path.write_text(
        "# a comment\n" + path.read_text().replace("ON_THE_OUTLINE_MM = 1e-6", "ON_THE_OUTLINE_MM = (1e-6)")
    )
    assert executed(project) == Counter()


def test_script_touched(project: Project) -> None:
    for script in (project.folder / "scripts").rglob("*.py"):
        os.utime(script)
    assert executed(project) == Counter()


def test_a_patient_removed(project: Project) -> None:
    rows = [row for row in read_table(project.cohort / "patients.csv") if row["patient_id"] != "IMG2"]
    write_table(project.cohort / "patients.csv", rows)
    for table in ("visits.csv", "readings.csv"):
        kept = [row for row in read_table(project.cohort / table) if row["patient_id"] != "IMG2"]
        write_table(project.cohort / table, kept)
    assert planned(project) == FROM_MERGE_ON
    assert "IMG2" not in (project.results / "cohort" / "readers.csv").read_text()
    assert not (project.results / "patients" / "IMG2").exists()
    assert (project.results / "removed" / "IMG2" / "ct.json").is_file()


def test_a_wrong_cohort_path_moves_nothing(project: Project) -> None:
    project.run("-n", "--config", "cohort=nowhere")
    assert project.run("--config", "cohort=nowhere").code != 0
    assert project.run().executed == Counter()
    assert (project.results / "patients" / "IMG1").is_dir() and not (project.results / "removed").exists()


def test_the_results_folder_spelt_otherwise(project: Project) -> None:
    for spelt in ("./results", "results/", str(project.results)):
        project.configure(results=spelt)
        run = project.run()
        assert run.code == 0 and run.executed == Counter(), run.output


def test_a_roi_edited_while_its_patient_is_measured(project: Project) -> None:
    """A dry run in between must not make the half-old measurement look up to date."""
    script = project.folder / "scripts" / "measure_patient.py"
    edit(
        script,
        "    measured = measured_or_fault(",
        "    Path('started').touch()\n"
        "    while not Path('go').exists():\n"
        "        __import__('time').sleep(0.05)\n"
        "    measured = measured_or_fault(",
    )
    shutil.rmtree(project.results / "patients" / "IMG1")
    (project.folder / "go").touch()
    assert project.run("--", "measurements").code == 0
    (project.folder / "go").unlink()
    (project.folder / "started").unlink()
    roi = project.cohort / "annotations" / "IMG1" / "R1" / "L3_body_middle.mrk.json"
    edit(roi, '"size": [16.0, 12.0, 2]', '"size": [15.0, 12.0, 2]')
    before = project.json("patients", "IMG1", "ct.json")
    running = project.start("--", "measurements")
    deadline = time.time() + 60
    while not (project.folder / "started").exists():
        assert time.time() < deadline and running.poll() is None
        time.sleep(0.05)
    edit(roi, '"size": [15.0, 12.0, 2]', '"size": [11.0, 12.0, 2]')
    project.run("-n")
    (project.folder / "go").touch()
    output, _ = running.communicate(timeout=900)
    assert running.returncode != 0
    assert "files of patient IMG1: changed while they were measured; run again" in output
    assert "Traceback" not in output
    run = project.run("--", "measurements")
    assert run.code == 0 and run.executed["measure_patient"] == 1, run.output
    assert project.run("--", "measurements").executed == Counter()
    after = project.json("patients", "IMG1", "ct.json")
    sizes = [
        next(r["n"] for r in doc["rois"] if (r["reader"], r["roi"]) == ("R1", "L3_body_middle"))
        for doc in (before, after)
    ]
    assert sizes[1] < sizes[0] * 12 / 16
