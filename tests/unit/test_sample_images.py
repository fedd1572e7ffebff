"""The simulated examinations: files as a PACS writes them, anatomy that holds the truth, annotations Slicer reads."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pydicom
import pytest
from bonehold.sample import readers, scans
from bonehold.sample.anatomy import Subject
from bonehold.sample.cohort import Case, cases
from bonehold.sample.contrasts import Contrast
from bonehold.sample.examinations import Body, Examination, body, examination
from bonehold.sample.grids import Floats, Grid
from bonehold.sample.phantom import painted
from bonehold.sample.readers import Oval, Region

SURGERY = date(2023, 5, 4)
IMAGED = [case for case in cases(20260101) if case.imaged]
SCOLIOSIS = next(case for case in IMAGED if case.patient.ads)


def with_fault(fault: str) -> Case:
    return next(case for case in IMAGED if case.fault == fault)


def examined(fault: str, seed: int = 5) -> Examination:
    case = with_fault(fault)
    return examination(case.patient_id, case.patient, SURGERY, fault, seed, np.random.default_rng([seed, 9]))


@pytest.fixture(scope="module")
def sound() -> Examination:
    return examined("also_pacs")


def noise_free(subject: Subject, grid: Grid, contrast: Contrast) -> Floats:
    return scans.spread(painted(subject, grid, contrast)[0], grid.edge)


def mean_inside(values: Floats, grid: Grid, region: Region) -> tuple[float, int]:
    """Mean and count of the pixel centres inside a region, from its definition."""
    centre = region.centre if isinstance(region, Oval) else (region.start + region.end) / 2
    along = (grid.x, grid.y, grid.z)
    slice_axis, row_axis, column_axis = grid.order
    number = int(np.abs(along[slice_axis] - centre[slice_axis]).argmin())
    assert along[slice_axis][number] == pytest.approx(centre[slice_axis])
    points = np.empty((along[row_axis].size, along[column_axis].size, 3))
    points[..., slice_axis] = centre[slice_axis]
    points[..., row_axis] = along[row_axis][:, None]
    points[..., column_axis] = along[column_axis][None]
    if isinstance(region, Oval):
        u, v = (((points - centre) @ axis) / r for axis, r in zip(region.axes, region.radii, strict=True))
        inside = u**2 + v**2 <= 1
    else:
        length = float(np.linalg.norm(region.end - region.start))
        axis = (region.end - region.start) / length
        beside = np.array([-axis[1], axis[0], 0])
        inside = (np.abs((points - centre) @ axis) <= length / 2) & (
            np.abs((points - centre) @ beside) <= region.width / 2
        )
    return float(values[number][inside].mean()), int(inside.sum())


def true_value(shown: Body, region: Region) -> float:
    level, what, *where = region.name.split("_")
    if what == "trajectory":
        return shown.st_hu[where[0]]
    return {"body": shown.b_hu, "csf": shown.csf, "pedicle": shown.pedicles.get(level, np.nan)}[what]


@pytest.mark.parametrize(
    "case", [with_fault("also_pacs"), with_fault("l3_unusable"), with_fault("b_hu_below_guard"), SCOLIOSIS]
)
def test_planned_regions_hold_the_truth(case: Case) -> None:
    shown = body(case.patient, case.fault or "", np.random.default_rng([20260101, 3]))
    ct = noise_free(shown.subject, shown.ct_grid, shown.hu)
    mr = noise_free(shown.subject, shown.mr_grid, shown.spin_echo)
    on_ct = readers.ct_regions(shown.subject.spine, shown.level, shown.ct_grid)
    on_mr = readers.mr_regions(shown.subject.spine, shown.level, shown.mr_grid)
    assert (len(on_ct), len(on_mr)) == (5, 9)
    for values, grid, regions in ((ct, shown.ct_grid, on_ct), (mr, shown.mr_grid, on_mr)):
        for region in regions:
            mean, count = mean_inside(values, grid, region)
            true = true_value(shown, region)
            assert abs(mean - true) < max(1.0, 0.01 * true), region.name
            assert count >= 24, region.name


@pytest.mark.parametrize("case", IMAGED, ids=lambda case: case.patient_id)
def test_truth_agrees_with_the_tables(case: Case) -> None:
    shown = body(case.patient, case.fault or "", np.random.default_rng([1, 2]))
    truth = shown.truth(case.fault or "")
    assert truth["hu_ratio"] == pytest.approx(case.patient.hu_ratio)
    assert truth["pbq"] == pytest.approx(case.patient.pbq)
    assert 100 <= truth["csf_si"] <= 150


def test_export_looks_like_one_of_a_pacs(sound: Examination) -> None:
    series: dict[tuple[str, int], list[pydicom.Dataset]] = defaultdict(list)
    in_order = True
    for path, data in sound.dicom.items():
        dataset = pydicom.dcmread(io.BytesIO(data))
        assert path.startswith("DICOM/PA000000/ST00000")
        assert "." not in path
        assert dataset.pixel_array.shape == (dataset.Rows, dataset.Columns)
        assert dataset.AcquisitionDate < SURGERY.strftime("%Y%m%d")
        assert str(dataset.PatientName).startswith("Synthetic^")
        in_order = in_order and path.endswith(f"{dataset.InstanceNumber:06d}")
        series[dataset.Modality, int(dataset.SeriesNumber)].append(dataset)
    assert not in_order
    assert set(series) == {("CT", 1), ("CT", 2), ("CT", 3), ("MR", 201), ("MR", 301)}
    soft, t1 = series["CT", 2], series["MR", 301]
    assert (soft[0].ConvolutionKernel, soft[0].KVP, soft[0].RescaleIntercept) == ("B30f", 120, -1024)
    assert (t1[0].RepetitionTime, t1[0].EchoTime, t1[0].MagneticFieldStrength) == (600, 10, 3)
    assert len(series["CT", 3]) < 20 <= len(soft)
    for slices, axis, spacing in ((soft, 2, 2.0), (t1, 0, 4.0)):
        places = sorted(float(dataset.ImagePositionPatient[axis]) for dataset in slices)
        assert np.allclose(np.diff(places), spacing)
    uids = [str(dataset.SOPInstanceUID) for slices in series.values() for dataset in slices]
    assert len(set(uids)) == len(uids)
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in uids)


def test_pixels_show_the_tissues_where_they_are(sound: Examination) -> None:
    """Left is +x, behind is +y: air lies behind the back, and the middle of L3 has the body's HU."""
    datasets = [pydicom.dcmread(io.BytesIO(data)) for data in sound.dicom.values()]
    soft = [dataset for dataset in datasets if dataset.get("ConvolutionKernel") == "B30f"]
    middle = min(soft, key=lambda dataset: abs(float(dataset.ImagePositionPatient[2])))
    hu = middle.pixel_array.astype(float) - 1024
    x0, y0, _ = (float(value) for value in middle.ImagePositionPatient)
    row, column = round(-y0 / 1.1), round(-x0 / 1.1)
    assert hu[row - 4 : row + 5, column - 4 : column + 5].mean() == pytest.approx(
        sound.truth["b_hu"], rel=0.05
    )
    assert hu[-2:].mean() < -800


def test_truncated_slice_is_the_lowest_which_no_region_touches() -> None:
    examination_ = examined("truncated_slice")
    sizes = [len(data) for data in examination_.dicom.values()]
    short = [data for data in examination_.dicom.values() if len(data) < 0.7 * np.median(sizes)]
    headers = [pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True) for data in short]
    truncated = next(header for header in headers if header.get("ConvolutionKernel") == "B30f")
    with pytest.raises((ValueError, EOFError)):
        _ = pydicom.dcmread(io.BytesIO(short[headers.index(truncated)])).pixel_array
    regions = [
        point["position"][2]
        for name, data in examination_.annotations.items()
        if name.startswith(("R1/L3_body", "R1/L3_traj"))
        for point in json.loads(data)["markups"][0]["controlPoints"]
    ]
    assert float(truncated.ImagePositionPatient[2]) < min(regions) - 10


def test_repeated_scan_adds_the_series_that_the_override_names() -> None:
    examination_ = examined("repeat_scan")
    numbers: dict[int, int] = defaultdict(int)
    for data in examination_.dicom.values():
        header = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        if header.get("ConvolutionKernel") == "B30f":
            numbers[int(header.SeriesNumber)] += 1
    assert set(numbers) == {2, 5}
    assert numbers[2] == numbers[5]


def test_stray_file_is_not_dicom() -> None:
    strays = [data for name, data in examined("stray_file").dicom.items() if "IM" not in name]
    assert len(strays) == 1
    assert strays[0][128:132] != b"DICM"


def test_other_faults_show_in_the_annotations() -> None:
    at_l2 = examined("l3_unusable").annotations
    assert "R1/L2_body_middle.mrk.json" in at_l2
    assert "R1/L2_csf.mrk.json" in at_l2
    assert not any("L3_body" in name or "L3_csf" in name for name in at_l2)
    outside = json.loads(examined("roi_outside").annotations["R2/L3_Body_Inferior.mrk.json"])
    assert all(point["position"][2] > 300 for point in outside["markups"][0]["controlPoints"])


def test_two_readers_draw_the_same_regions_in_their_own_ways(sound: Examination) -> None:
    first = {name for name in sound.annotations if name.startswith("R1/")}
    second = {name for name in sound.annotations if name.startswith("R2/")}
    assert (len(first), len(second)) == (14, 6)
    together = json.loads(sound.annotations["R2/MR pedicles and CSF.mrk.json"])["markups"]
    assert len({node["name"] for node in together}) == 9
    for name, data in sound.annotations.items():
        for node in json.loads(data)["markups"]:
            assert node["coordinateSystem"] == ("LPS" if name.startswith("R1/") else "RAS")
            assert node["type"] != "ClosedCurve" or len(node["controlPoints"]) >= 8
    box = json.loads(sound.annotations["R1/L3_body_middle.mrk.json"])["markups"][0]
    curve = json.loads(sound.annotations["R2/l3-body-middle.mrk.json"])["markups"][0]
    middle = np.mean([point["position"] for point in curve["controlPoints"]], axis=0) * [-1, -1, 1]
    assert 0 < np.linalg.norm(middle - box["center"]) < 3


def test_same_seed_gives_the_same_examination(sound: Examination) -> None:
    again = examined("also_pacs")
    assert again == sound
    assert examined("also_pacs", seed=6).dicom != sound.dicom


@pytest.mark.shared
def test_annotations_are_valid_for_slicer(shared: Path, sound: Examination) -> None:
    path = shared / "data/roi-annotations/slicer-markups/markups-schema-v1.0.3.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for name, data in sound.annotations.items():
        assert not list(validator.iter_errors(json.loads(data))), name
