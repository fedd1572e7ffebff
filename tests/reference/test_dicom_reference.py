"""Real DICOM files: what each does, and that its values are those of pydicom through the rescale, to the last bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from bonehold.imaging.dicom.folder import read_headers
from bonehold.imaging.dicom.headers import DicomFile, ImageHeader, image_headers
from bonehold.imaging.dicom.pixels import UnreadablePixels, read_slice
from bonehold.imaging.dicom.pydicom_headers import read_elements
from bonehold.imaging.dicom.tag_walker import Surprise, walk
from bonehold.imaging.measuring import measure_patient
from bonehold.imaging.measuring_rules import ImagingRules
from bonehold.imaging.patient import PatientImages
from bonehold.problems import Problem
from pydicom.pixels import pixel_array

pytestmark = [pytest.mark.shared, pytest.mark.filterwarnings("ignore")]

CT_IMAGE = "transfer-syntaxes/CTImage.dcm"
UIDS = "1.2.840.10008.1.2"

READ = {
    "enhanced-multiframe/eCT_Supplemental.dcm": 2,
    "enhanced-multiframe/emri_small.dcm": 10,
    "enhanced-multiframe/emri_small_RLE.dcm": 10,
    "enhanced-multiframe/emri_small_big_endian.dcm": 10,
    "enhanced-multiframe/emri_small_jpeg_2k_lossless.dcm": 10,
    "enhanced-multiframe/emri_small_jpeg_ls_lossless.dcm": 10,
    "enhanced-multiframe/hyperfine_enhanced_mr.dcm": 8,
    "enhanced-multiframe/legacy_converted_enhanced_ct_mf.dcm": 3,
    **{f"gantry-tilt-ge/{number}.dcm": 1 for number in ("01", "05", "09", "13", "17", "21", "25")},
    "pydicom/CT_small.dcm": 1,
    "pydicom/J2K_pixelrep_mismatch.dcm": 1,
    "pydicom/MR_small.dcm": 1,
    "pydicom/MR_small_RLE.dcm": 1,
    "pydicom/MR_small_bigendian.dcm": 1,
    "pydicom/MR_small_expb.dcm": 1,
    "pydicom/MR_small_jp2klossless.dcm": 1,
    "pydicom/MR_small_jpeg_ls_lossless.dcm": 1,
    "pydicom/MR_small_padded.dcm": 1,
    CT_IMAGE: 1,
    f"{CT_IMAGE}_BigEndianExplicitTransferSyntax_{UIDS}.2.dcm": 1,
    f"{CT_IMAGE}_DeflatedExplicitVRLittleEndianTransferSyntax_{UIDS}.1.99.dcm": 1,
    f"{CT_IMAGE}_JPEG2000LosslessOnlyTransferSyntax_{UIDS}.4.90.dcm": 1,
    f"{CT_IMAGE}_JPEG2000TransferSyntax_{UIDS}.4.91.dcm": 1,
    f"{CT_IMAGE}_JPEGLSLosslessTransferSyntax_{UIDS}.4.80.dcm": 1,
    f"{CT_IMAGE}_JPEGLSLossyTransferSyntax_{UIDS}.4.81.dcm": 1,
    f"{CT_IMAGE}_JPEGProcess14SV1TransferSyntax_{UIDS}.4.70.dcm": 1,
    f"{CT_IMAGE}_JPEGProcess14TransferSyntax_{UIDS}.4.57.dcm": 1,
    f"{CT_IMAGE}_JPEGProcess1TransferSyntax_{UIDS}.4.50.dcm": 1,
    f"{CT_IMAGE}_LittleEndianExplicitTransferSyntax_{UIDS}.1.dcm": 1,
    f"{CT_IMAGE}_LittleEndianImplicitTransferSyntax_{UIDS}.dcm": 1,
    f"{CT_IMAGE}_RLELosslessTransferSyntax_{UIDS}.5.dcm": 1,
}
"""File of `dicom-hard-cases` -> images in it, all of them read."""

LOSSY = {path for path in READ if path.endswith(("4.50.dcm", "4.81.dcm", "4.91.dcm"))}

WITHOUT_ITS_END = "enhanced-multiframe/emri_small_jpeg_2k_lossless_too_short.dcm"
"""All frames are there, the delimiter after them is not; pydicom gives up on it, its whole twin has the values."""

REFUSED = {
    "charsets/chrJapMulti.dcm": "is an image without pixels",
    "charsets/chrJapMultiExplicitIR6.dcm": "is an image without pixels",
    "charsets/chrKoreanMulti.dcm": "is an image without pixels",
    "charsets/chrSQEncoding.dcm": "has no Rows or Columns",
    "charsets/chrSQEncoding1.dcm": "has no Rows or Columns",
    "pydicom/MR_truncated.dcm": "the pixel data of the slice are cut short",
    "pydicom/UN_sequence.dcm": "has no Rows or Columns",
    "pydicom/empty_charset_LEI.dcm": "is not a DICOM file",
    "pydicom/meta_missing_tsyntax.dcm": "is not a DICOM file",
    "pydicom/nested_priv_SQ.dcm": "is not a DICOM file",
    "pydicom/no_meta.dcm": "is not a DICOM file",
    "transfer-syntaxes/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm": "decoded from JPEG Extended",
    f"{CT_IMAGE}_JPEGProcess2_4TransferSyntax_{UIDS}.4.51.dcm": "decoded from JPEG Extended",
    f"{CT_IMAGE}_JPEGProcess6_8TransferSyntax_{UIDS}.4.53.dcm": "decoded from JPEG Spectral Selection",
    f"{CT_IMAGE}_JPEGProcess10_12TransferSyntax_{UIDS}.4.55.dcm": "decoded from JPEG Full Progression",
}
"""File -> the reason."""

PASSED_OVER = {
    *(
        f"charsets/chr{name}.dcm"
        for name in [
            "Arab",
            "Fren",
            "FrenMulti",
            "Germ",
            "Greek",
            "H31",
            "H32",
            "Hbrw",
            "I2",
            "Russ",
            "X1",
            "X2",
        ]
    ),
    *(
        f"pydicom/{name}.dcm"
        for name in ["ExplVR_BigEnd", "badVR", "image_dfl", "rtplan_truncated", "rtstruct", "test-SR"]
    ),
}
"""DICOM objects that are no CT, MR or radiograph: secondary captures, ultrasound, dose, plan, structures, report."""

OTHER_IMAGES = (
    "ct-totalseg/example_ct_dicom/*",
    "real-cohort/dicom/**/IM*",
    "roi-annotations/rtstruct-rt-utils/ct_*.dcm",
    "roi-annotations/seg/ct-3slice/*.dcm",
    "roi-annotations/seg/ct_image.dcm",
)


def dicom_file(path: Path) -> DicomFile:
    return DicomFile(1, 1, "00000000", path, path.stat().st_size)


def hard_case(shared: Path, name: str) -> Path:
    return shared / "data" / "dicom-hard-cases" / name


def expected_values(path: Path, frame: int | None) -> np.ndarray:
    """What pydicom and the header's rescale make of a frame, with no code of ours."""
    dataset = pydicom.dcmread(path, force=True)
    stored = pixel_array(dataset, index=frame or 0)
    where: Any = dataset
    if frame is not None:
        groups = [
            item
            for item in (
                *dataset.get("PerFrameFunctionalGroupsSequence", [])[frame : frame + 1],
                *dataset.get("SharedFunctionalGroupsSequence", []),
            )
            if "PixelValueTransformationSequence" in item
        ]
        where = groups[0].PixelValueTransformationSequence[0] if groups else dataset
    slope, intercept = float(where.get("RescaleSlope", 1)), float(where.get("RescaleIntercept", 0))
    return np.asarray(stored.astype(np.float64) * slope + intercept)


def assert_same_values(header: ImageHeader) -> None:
    found = read_slice(header).values
    assert found.dtype == np.float64
    assert np.array_equal(found, expected_values(header.file.path, header.frame))


def test_each_hard_case_has_its_place_in_these_lists(shared: Path) -> None:
    folder = shared / "data" / "dicom-hard-cases"
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("LICENSE")
    }
    listed = [*READ, WITHOUT_ITS_END, *REFUSED, *PASSED_OVER]
    assert len(listed) == len(set(listed)) and set(listed) == there


@pytest.mark.parametrize("name", READ)
def test_a_readable_file_has_the_values_of_pydicom_through_the_rescale(shared: Path, name: str) -> None:
    headers = read_headers(dicom_file(hard_case(shared, name)))
    assert isinstance(headers, list) and len(headers) == READ[name]
    for header in headers:
        assert_same_values(header)
        assert header.lossy == (name in LOSSY)


def test_frames_are_read_though_the_delimiter_after_them_is_lost(shared: Path) -> None:
    headers = read_headers(dicom_file(hard_case(shared, WITHOUT_ITS_END)))
    whole = hard_case(shared, WITHOUT_ITS_END.replace("_too_short", ""))
    assert isinstance(headers, list) and len(headers) == 10
    for index, header in enumerate(headers):
        assert np.array_equal(read_slice(header).values, expected_values(whole, index))


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(shared: Path, name: str) -> None:
    found = read_headers(dicom_file(hard_case(shared, name)))
    if isinstance(found, Problem):
        assert REFUSED[name] in found.line()
        return
    assert found
    for header in found:
        with pytest.raises(UnreadablePixels, match=REFUSED[name]):
            read_slice(header)


@pytest.mark.parametrize("name", sorted(PASSED_OVER))
def test_other_objects_are_passed_over_without_a_word(shared: Path, name: str) -> None:
    assert read_headers(dicom_file(hard_case(shared, name))) == []


@pytest.mark.parametrize("pattern", OTHER_IMAGES)
def test_all_other_images_have_the_values_of_pydicom_through_the_rescale(shared: Path, pattern: str) -> None:
    paths = sorted((shared / "data").glob(pattern))
    assert paths
    for path in paths:
        (header,) = read_headers(dicom_file(path))
        assert_same_values(header)


def plain(header: ImageHeader) -> dict[str, Any]:
    """The fields of a header as things that compare."""
    geometry = header.geometry
    place = geometry and {
        key: value.tolist() if isinstance(value, np.ndarray) else value
        for key, value in vars(geometry).items()
    }
    return {**vars(header), "geometry": place}


def test_the_tag_walker_says_what_pydicom_says_of_every_file(shared: Path) -> None:
    walked = 0
    for path in sorted(path for path in (shared / "data").rglob("*") if path.is_file()):
        file = dicom_file(path)
        try:
            elements = walk(path, file.size)
        except Surprise:
            continue
        walked += 1
        other = read_elements(path)
        assert elements == other, path.name
        ours, theirs = image_headers(file, elements), image_headers(file, other)
        if isinstance(ours, Problem) or isinstance(theirs, Problem):
            assert ours == theirs
        else:
            assert list(map(plain, ours)) == list(map(plain, theirs))
    assert walked > 230  # of about 260 DICOM files: the walk is the way, pydicom the exception


def test_a_real_vertebra_is_measured_on_its_dicom_series(shared: Path, tmp_path: Path) -> None:
    cases = json.loads((shared / "reference/roi/reference.json").read_text())["cases"]
    (case,) = (case for case in cases if case["name"] == "R3_real_CT_vertebra_ellipse")
    shape = {key: case["roi"][key] for key in ("shape", "center", "axis_u", "axis_v", "semi_axes_mm")}
    (tmp_path / "annotations" / "R1").mkdir(parents=True)
    (tmp_path / "annotations" / "R1" / "roi.json").write_text(
        json.dumps({"schema": "roi/1", "reader": "R1", "rois": [{"name": "L3_body_middle", **shape}]})
    )
    (tmp_path / "dicom").mkdir()
    for number, path in enumerate(sorted((shared / "data/ct-totalseg/example_ct_dicom").iterdir())):
        (tmp_path / "dicom" / f"IM{number}").write_bytes(path.read_bytes())
    patient = PatientImages("P1", tmp_path, tmp_path / "dicom", tmp_path / "annotations", {}, {})
    (row,) = measure_patient(patient, ImagingRules()).ct["rois"]
    assert row["reason"] == "" and row["n"] == case["values"]["n_voxels"]
    assert row["mean"] == pytest.approx(case["values"]["pixel_centre_numpy"], abs=1e-9)
    assert row["mean"] == pytest.approx(case["values"]["sitk_LabelStatistics"], abs=1e-9)


def test_nothing_lies_between_air_and_what_fills_the_outside_of_real_cts(shared: Path) -> None:
    lowest_of_air, fills = 0.0, set()
    for path in sorted(path for path in (shared / "data").rglob("*") if path.is_file()):
        found = read_headers(dicom_file(path))
        for header in found if isinstance(found, list) else []:
            if header.modality != "CT" or header.lossy or not header.has_modality_lut:
                continue
            pixels = read_slice(header)
            lowest_of_air = min(lowest_of_air, pixels.values[~pixels.padding].min())
            fills |= set(np.unique(pixels.values[pixels.padding]).tolist())
    assert lowest_of_air > -1100  # noise about -1000, far from the -1500 from which values are fill
    assert fills == {-1500.0, -2000.0, -3024.0}
