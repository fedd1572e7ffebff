"""One region saved in every format, measured from end to end: the same pixels each time, on the right images only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from bonehold.imaging.roi_files import format_modules
from dicom import image, save_markups
from dicom import markup as slicer_markup
from dicom import points as slicer_points
from dicom_regions import (
    IMAGE,
    SERIES,
    SPACE,
    frame,
    group,
    in_patient,
    on_image,
    report,
    segment,
    segmentation,
    structure,
    structure_set,
)
from label_maps import itk_bytes, labelled, nifti

NAME = "L3_body_middle"
SIZE, SLICES, MEASURED = 32, 5, 2
ROW_MM, COLUMN_MM, STEP_MM = 0.5, 0.8, 2.0
ORIGIN = np.array([-6.0, 3.0, -20.0])
CORNERS = [(8, 7), (23, 9), (20, 25), (10, 22)]
"""A quadrilateral, (column, row) of pixel centres."""


def hu(k: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return 50 + 40 * k + 2 * columns + 3 * rows + (columns * rows) % 7


def inside() -> np.ndarray:
    """Pixels whose centres lie in the quadrilateral or on it, by half planes."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    held = np.ones((SIZE, SIZE), dtype=bool)
    for (ax, ay), (bx, by) in zip(CORNERS, CORNERS[1:] + CORNERS[:1], strict=True):
        held &= (bx - ax) * (rows - ay) - (by - ay) * (columns - ax) >= 0
    return held


def in_the_patient() -> list[list[float]]:
    z = ORIGIN[2] + MEASURED * STEP_MM
    return [[ORIGIN[0] + c * COLUMN_MM, ORIGIN[1] + r * ROW_MM, z] for c, r in CORNERS]


def write_ct(folder: Path, **elements: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(SLICES):
        image(
            hu(k) + 1024,
            ORIGIN + np.array([0, 0, k * STEP_MM]),
            SOPInstanceUID=IMAGE if k == MEASURED else f"2.25.55{k}",
            PixelSpacing=[ROW_MM, COLUMN_MM],
            **{"SeriesInstanceUID": SERIES, "FrameOfReferenceUID": SPACE, **elements},
        ).save_as(folder / f"IM{k}", enforce_file_format=True)


def native(folder: Path) -> None:
    corners = np.array(in_the_patient())
    center = corners.mean(axis=0)
    roi = {
        "name": NAME,
        "shape": "polygon",
        "center": center.tolist(),
        "axis_u": [1, 0, 0],
        "axis_v": [0, 1, 0],
        "points_uv_mm": (corners - center)[:, :2].tolist(),
    }
    (folder / "roi.json").write_text(json.dumps({"schema": "roi/1", "reader": "R1", "rois": [roi]}))


def scoord(folder: Path) -> None:
    outline = [(c + 0.5, r + 0.5) for c, r in [*CORNERS, CORNERS[0]]]
    (folder / "report").write_bytes(report(group(NAME, on_image("POLYLINE", outline))))


def scoord_3d(folder: Path) -> None:
    corners = in_the_patient()
    (folder / "report.dcm").write_bytes(report(group(NAME, in_patient("POLYGON", [*corners, corners[0]]))))


def rtstruct(folder: Path) -> None:
    (folder / "structures").write_bytes(structure_set(structure(1, NAME, in_the_patient())))


def seg(folder: Path) -> None:
    position = ORIGIN + np.array([0, 0, MEASURED * STEP_MM])
    made = segmentation(inside()[None].astype(np.uint8), [frame(position)], [segment(1, NAME)])
    (folder / "segments.dcm").write_bytes(made)


def nrrd(folder: Path) -> None:
    voxels = np.zeros((SLICES, SIZE, SIZE), np.uint8)
    voxels[MEASURED] = 3 * inside()
    made = labelled(voxels, origin=tuple(ORIGIN), spacing=(COLUMN_MM, ROW_MM, STEP_MM))
    (folder / "map.nrrd").write_bytes(itk_bytes(made, "map.nrrd"))
    (folder / "map.json").write_text(json.dumps({"3": NAME}))


def nifti_map(folder: Path) -> None:
    """In RAS, with the slices stored downwards."""
    voxels = np.zeros((SIZE, SIZE, SLICES), np.uint8)
    voxels[:, :, SLICES - 1 - MEASURED] = inside().T
    top = ORIGIN[2] + (SLICES - 1) * STEP_MM
    sform = np.array(
        [[-COLUMN_MM, 0, 0, -ORIGIN[0]], [0, -ROW_MM, 0, -ORIGIN[1]], [0, 0, -STEP_MM, top]], dtype=float
    )
    spacing = (1, COLUMN_MM, ROW_MM, STEP_MM)
    (folder / "map.nii").write_bytes(nifti(voxels, sform=sform, spacing=spacing))
    (folder / "labels.json").write_text(json.dumps({"1": NAME}))


FORMATS: dict[str, Callable[[Path], None]] = {
    "native": native,
    "scoord": scoord,
    "scoord 3d": scoord_3d,
    "rtstruct": rtstruct,
    "seg": seg,
    "nrrd": nrrd,
    "nifti": nifti_map,
}


def row(tmp_path: Path, write: Callable[[Path], None], **elements: Any) -> dict[str, Any]:
    write_ct(tmp_path / "dicom", **elements)
    folder = tmp_path / "annotations" / "R1"
    folder.mkdir(parents=True)
    write(folder)
    patient = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    measured = measure_patient(patient, ImagingRules())
    (found,) = measured.ct["rois"]
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_pixels(tmp_path: Path, name: str) -> None:
    found = row(tmp_path, FORMATS[name])
    values = hu(MEASURED)[inside()]
    assert found["reason"] == "" and found["roi"] == NAME and found["slice"] == MEASURED
    assert found["n"] == len(values) and found["area_mm2"] == pytest.approx(len(values) * ROW_MM * COLUMN_MM)
    assert found["mean"] == pytest.approx(values.mean(), abs=1e-9)
    assert found["sd"] == pytest.approx(values.std(ddof=1), abs=1e-9)


@pytest.mark.parametrize("name", ["scoord", "scoord 3d", "rtstruct", "seg"])
def test_regions_of_other_images_are_refused(tmp_path: Path, name: str) -> None:
    def elsewhere(folder: Path) -> None:
        FORMATS[name](folder)
        for path in folder.iterdir():  # the same regions, said to be drawn on somebody else's images
            data = path.read_bytes()
            for uid in (IMAGE, SERIES, SPACE):
                data = data.replace(uid.encode(), uid[:-1].encode() + b"9")
            path.write_bytes(data)

    found = row(tmp_path, elsewhere)
    assert found["mean"] is None
    assert "not in this patient's folder" in found["reason"] or "another examination" in found["reason"]


def test_a_closed_curve_of_slicer_covers_about_the_same(tmp_path: Path) -> None:
    def curve(folder: Path) -> None:
        corners = np.array(in_the_patient())
        sides = np.roll(corners, -1, axis=0) - corners
        dense = (
            corners[:, None] + np.linspace(0, 1, 12, endpoint=False)[None, :, None] * sides[:, None]
        ).reshape(-1, 3)
        save_markups(
            folder / f"{NAME}.mrk.json", slicer_markup("ClosedCurve", controlPoints=slicer_points(*dense))
        )

    found = row(tmp_path, curve)
    assert abs(found["n"] - inside().sum()) <= 4


def test_every_format_module_is_measured_here_or_refuses() -> None:
    measured_here = {"native", "structured_report", "rtstruct", "segmentation", "label_map", "slicer_markups"}
    elsewhere = {
        "slicer_scenes",
        "slicer_legacy",
    }  # tests of their own: scenes hold the same files, legacy is refused
    assert set(format_modules()) == measured_here | elsewhere
