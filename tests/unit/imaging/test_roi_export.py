"""Measured regions written as markups and as SR: the same pixels again, and nobody's name."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import export_rois
import highdicom.sr
import numpy as np
import pydicom
import pytest
from annotation_files import annotation_file
from bonehold.imaging.geometry import SliceGeometry
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from bonehold.imaging.roi_files import structured_report
from bonehold.imaging.roi_out.export import export_regions
from bonehold.imaging.roi_out.markups import markup, markups_file
from bonehold.imaging.roi_out.regions import ImageReference, MeasuredRegion, NotExportable, same_pixels
from bonehold.imaging.roi_out.report import report_file
from bonehold.imaging.shapes import Ellipse, Polygon, rectangle
from bonehold.problems import InputError
from dicom import box, points, save_markups, write_series
from dicom import markup as slicer_markup
from dicom_regions import TRACKING
from measured_regions import AXIAL, IMAGE, SAGITTAL, ellipse_on, measured, placed, read_back

BODY = ellipse_on(AXIAL, (250.3, 260.8), (17.2, 12.4), 12)
STAR = placed(
    AXIAL,
    [
        (250 + reach * np.cos(turn), 260 + reach * np.sin(turn))
        for turn, reach in zip(np.linspace(0, 6, 9), [30, 12] * 4 + [30], strict=True)
    ],
)
STRIP = rectangle(
    placed(AXIAL, (220.4, 270.1)), np.array([0.8, 0.6, 0]), np.array([-0.6, 0.8, 0]), (38.0, 5.0)
)
PEDICLE = ellipse_on(SAGITTAL, (150.2, 140.6), (4.1, 6.3), 31)
CSF = Polygon(placed(SAGITTAL, [(100, 80), (108, 82), (111, 140), (103, 141), (99.5, 110)]))

REGIONS = {
    "L3_body_middle": measured("L3_body_middle", BODY),
    "L3_body_superior": measured("L3_body_superior", Polygon(STAR)),
    "L3_trajectory_left": measured("L3_trajectory_left", STRIP),
    "L3_trajectory_right": measured("L3_trajectory_right", ellipse_on(AXIAL, (300, 270), (15, 2.5), 40)),
    "L1_pedicle_left": measured("L1_pedicle_left", PEDICLE, SAGITTAL),
    "L3_csf": measured("L3_csf", CSF, SAGITTAL),
}


def as_markup(region: MeasuredRegion) -> tuple[str, bytes]:
    return "any.mrk.json", markups_file([region])


def as_report(region: MeasuredRegion) -> tuple[str, bytes]:
    return "any.dcm", report_file("P001", "R1", region.name.modality, [region])


@pytest.mark.parametrize("write", [as_markup, as_report])
@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_a_written_region_holds_the_same_pixels(write: Any, region: MeasuredRegion) -> None:
    assert same_pixels(read_back(*write(region), region), region.shape, region.plane)


@pytest.mark.parametrize("write", [as_markup, as_report])
@pytest.mark.parametrize("plane", [AXIAL, SAGITTAL])
def test_pixels_exactly_on_the_outline_stay(write: Any, plane: SliceGeometry) -> None:
    """Outlines through pixel centres, where 32-bit coordinates would lose them."""
    on_centres = ellipse_on(plane, (150, 140), (20 * plane.column_spacing_mm, 10 * plane.column_spacing_mm))
    square = Polygon(placed(plane, [(100, 100), (120, 100), (120, 130), (100, 130)]))
    for name, shape in (("L3_body_middle", on_centres), ("L3_trajectory_left", square)):
        region = measured(name, shape, plane)
        assert same_pixels(read_back(*write(region), region), region.shape, plane)


def test_markups_have_the_kinds_that_slicer_users_know() -> None:
    kinds = {name: markup(region)["type"] for name, region in REGIONS.items()}
    assert kinds == {
        "L3_body_middle": "ROI",
        "L3_body_superior": "ClosedCurve",
        "L3_trajectory_left": "Plane",
        "L3_trajectory_right": "ClosedCurve",
        "L1_pedicle_left": "ROI",
        "L3_csf": "ClosedCurve",
    }


def test_an_ellipse_with_skew_axes_becomes_a_box_with_right_angles() -> None:
    """Conjugate half axes of a circle that was stretched: the same ellipse has other, perpendicular ones."""
    u, v = np.array([1.0, 0, 0]), np.array([0.6, 0.8, 0])
    skew = Ellipse(placed(AXIAL, (250, 250)), u, v, (12.0, 8.0))
    for region in (
        measured("L3_body_middle", skew),
        MeasuredRegion(REGIONS["L3_body_middle"].name, skew, AXIAL, False, 1.0, 1.0, IMAGE),
    ):
        axes = np.array(markup(region)["orientation"]).reshape(3, 3)
        assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-9)
        assert same_pixels(read_back(*as_markup(region), region), skew, AXIAL)


def test_an_ellipse_that_stands_steep_is_no_box() -> None:
    upright = Ellipse(placed(AXIAL, (250, 250)), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), (12.0, 8.0))
    with pytest.raises(NotExportable, match="too steep"):
        markup(measured("L3_body_middle", upright, oblique=True))


def test_a_report_opens_with_highdicom_and_says_what_was_measured() -> None:
    regions = [REGIONS[name] for name in ("L1_pedicle_left", "L3_csf")]
    data = report_file("P001", "R1", "MR", regions)
    document = highdicom.sr.srread(BytesIO(data))
    pedicle, csf = document.content.get_planar_roi_measurement_groups()
    assert pedicle.tracking_identifier == "L1_pedicle_left"
    (where,) = pedicle.finding_sites
    assert where.value.value == "66794005" and where.laterality.value == "7771000"
    assert where.topographical_modifier.value == "78972004"
    assert [site.value.value for site in csf.finding_sites] == ["36470004", "35951006"]
    values = [(m.value, m.derivation.meaning, m.unit.value) for m in pedicle.get_measurements()]
    assert values == [(153.25, "Mean", "1"), (41.5, "Standard Deviation", "1")]
    (ct,) = highdicom.sr.srread(
        BytesIO(report_file("P001", "R1", "CT", [REGIONS["L3_body_middle"]]))
    ).content.get_planar_roi_measurement_groups()
    assert {m.unit.value for m in ct.get_measurements()} == {"[hnsf'U]"}


def test_the_codes_alone_name_pedicle_and_csf_but_neither_body_nor_trajectory() -> None:
    named = {}
    for name, region in REGIONS.items():
        document = pydicom.dcmread(BytesIO(as_report(region)[1]))
        for item in _all_items(document):
            if item.get("ValueType") == "TEXT" and item.ConceptNameCodeSequence[0].CodeValue == TRACKING[0]:
                item.TextValue = "unnamed"
        stream = BytesIO()
        document.save_as(stream)
        (drawing,) = structured_report.read(annotation_file("a", stream.getvalue()))
        named[name] = drawing.name
    assert {name for name, found in named.items() if found == name} == {"L1_pedicle_left", "L3_csf"}
    assert {found for name, found in named.items() if found != name} == {"unnamed"}


def test_a_report_is_bound_to_its_image_and_space() -> None:
    (drawing,) = structured_report.read(annotation_file("a", as_report(REGIONS["L3_body_middle"])[1]))
    assert drawing.bound.frame_of_reference == IMAGE.frame_of_reference
    assert drawing.bound.images == {IMAGE.sop_instance} and drawing.bound.series == IMAGE.series


def test_the_same_regions_give_the_same_bytes_and_others_other_identifiers() -> None:
    region = REGIONS["L3_body_middle"]
    assert as_report(region) == as_report(region) and as_markup(region) == as_markup(region)
    one, other = (
        pydicom.dcmread(BytesIO(report_file(patient, "R1", "CT", [region]))) for patient in ("P001", "P002")
    )
    assert one.SOPInstanceUID != other.SOPInstanceUID and one.SOPInstanceUID.is_valid


def test_a_region_on_an_image_without_frame_of_reference_is_refused() -> None:
    image = ImageReference("1.2.840.10008.5.1.4.1.1.2", "2.25.11", "2.25.12", "2.25.13", "")
    with pytest.raises(NotExportable, match="frame of reference"):
        report_file("P001", "R1", "CT", [measured("L3_body_middle", BODY, image=image)])


def test_nothing_measured_makes_no_report() -> None:
    with pytest.raises(NotExportable, match="no region"):
        report_file("P001", "R1", "CT", [])


CANARIES = {
    "PatientName": "ZZCANARY^NAME",
    "PatientID": "ZZCANARY-ID",
    "PatientBirthDate": "19440404",
    "AccessionNumber": "ZZCANARY-ACC",
    "InstitutionName": "ZZCANARY CLINIC",
    "ReferringPhysicianName": "ZZCANARY^DOCTOR",
    "StudyDescription": "ZZCANARY STUDY",
    "SeriesDescription": "ZZCANARY SERIES",
    "StudyDate": "20230304",
    "StudyTime": "101112",
    "StudyID": "ZZCANARY",
    "PatientSex": "O",
    "PatientAge": "079Y",
}


def patient_with_regions(tmp_path: Path) -> PatientImages:
    """A CT whose headers are full of names, and three regions of reader R1, one of them outside."""
    elements = {
        "StudyInstanceUID": "2.25.12",
        "FrameOfReferenceUID": "2.25.14",
        **CANARIES,
    }
    for k in range(6):
        write_series(
            tmp_path / "dicom",
            lambda _: np.tile(np.arange(64), (64, 1)) + 1024,
            [(0.0, 0.0, 2.0 * k)],
            prefix=f"ZZCANARY{k}",
            SOPInstanceUID=f"2.25.{100 + k}",
            **elements,
        )
    folder = tmp_path / "annotations" / "R1"
    save_markups(folder / "ZZCANARY.mrk.json", {"name": "L3_body_middle", **box((30, 30, 4.0), (20, 14, 2))})
    line = slicer_markup("Line", controlPoints=points((10, 20, 6.0), (40, 30, 6.0)))
    save_markups(folder / "L3_trajectory_left.mrk.json", line)
    save_markups(folder / "L3_body_superior.mrk.json", box((500, 30, 4.0), (20, 14, 2)))
    return PatientImages("P001", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})


def test_a_patient_is_exported_without_a_word_of_the_headers(tmp_path: Path) -> None:
    exported = export_regions(patient_with_regions(tmp_path), "R1", ImagingRules())
    assert set(exported.files) == {"P001_R1_CT.mrk.json", "P001_R1_CT.sr.dcm"}
    assert exported.left_out == ("L3_body_superior: lies outside the image",)
    for data in exported.files.values():
        for canary in {*CANARIES.values()} - {"O"}:
            assert canary.encode() not in data
    header = pydicom.dcmread(BytesIO(exported.files["P001_R1_CT.sr.dcm"]))
    assert (header.PatientID, str(header.PatientName or "")) == ("P001", "")
    assert header.ContentDate == header.InstanceCreationDate == "19000101"
    assert not header.StudyDate and not header.PatientSex


def test_what_is_exported_is_measured_the_same_again(tmp_path: Path) -> None:
    patient = patient_with_regions(tmp_path)
    exported = export_regions(patient, "R1", ImagingRules())
    again = tmp_path / "again" / "R1"
    again.mkdir(parents=True)
    (again / "a.mrk.json").write_bytes(exported.files["P001_R1_CT.mrk.json"])
    (tmp_path / "again" / "R1" / "unused").mkdir()
    second = export_regions(
        PatientImages("P001", tmp_path, tmp_path / "dicom", tmp_path / "again", {}, {}), "R1", ImagingRules()
    )
    first_values, second_values = (
        [
            (group.tracking_identifier, [m.value for m in group.get_measurements()])
            for group in highdicom.sr.srread(
                BytesIO(found.files["P001_R1_CT.sr.dcm"])
            ).content.get_planar_roi_measurement_groups()
        ]
        for found in (exported, second)
    )
    assert first_values == second_values and len(first_values) == 2


def _all_items(dataset: Any) -> Any:
    for item in dataset.get("ContentSequence", []):
        yield item
        yield from _all_items(item)


def test_markups_are_json_with_the_schema_of_slicer() -> None:
    document = json.loads(markups_file(REGIONS.values()))
    assert document["@schema"].endswith("markups-schema-v1.0.3.json#")
    assert [item["name"] for item in document["markups"]] == list(REGIONS)


def test_the_tool_writes_into_the_named_folder_and_never_into_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = tmp_path / "cohort"
    patient_with_regions(cohort)
    (cohort / "patients.csv").write_text("patient_id,dicom,annotations\nP001,dicom,annotations\n")
    (tmp_path / "config.yaml").write_text("cohort: cohort\nresults: results\n")
    monkeypatch.chdir(tmp_path)
    printed = export_rois.export("P001", "R1", tmp_path / "rois")
    assert "wrote P001_R1_CT.sr.dcm" in printed and "left out: L3_body_superior" in printed
    assert "ZZCANARY" not in printed
    assert {path.name for path in (tmp_path / "rois").iterdir()} == {
        "P001_R1_CT.mrk.json",
        "P001_R1_CT.sr.dcm",
    }
    assert "no measured region" in export_rois.export("P001", "R7", tmp_path / "rois")
    with pytest.raises(InputError, match="results"):
        export_rois.export("P001", "R1", tmp_path / "results" / "rois")
    with pytest.raises(InputError, match=r"not in patients\.csv"):
        export_rois.export("P009", "R1", tmp_path / "rois")
