"""Files as exports hold them: odd text, no preamble, cut off, other objects, identifiers that say too little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from bonehold.imaging.annotations import Annotation
from bonehold.imaging.binding import ELSEWHERE, placed_regions
from bonehold.imaging.dicom import folder
from bonehold.imaging.dicom.folder import index_folder, read_headers
from bonehold.imaging.dicom.headers import DicomFile
from bonehold.imaging.dicom.pixels import read_slice
from bonehold.imaging.dicom.tag_walker import walk
from bonehold.imaging.shapes import OnImage
from bonehold.roi_names import parse_roi_name
from dicom import write_series
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from small_patient import MIDDLE_HU, ct_row, draw, measure, problems, ramp, stack, write_ct

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
DOSE_REPORT = "1.2.840.10008.5.1.4.1.1.88.67"
TEXTS = {
    "ISO_IR 100": "Lendenwirbelsäule ö",
    "ISO_IR 192": "腰椎 поясница",
    "GB18030": "腰椎乗",
    "ISO 2022 IR 87": "腰椎",
}


@pytest.mark.parametrize("charset", TEXTS)
def test_text_in_any_character_set_neither_stops_nor_leaks(tmp_path: Path, charset: str) -> None:
    written = ["", charset] if charset.startswith("ISO 2022") else charset
    text = {
        "SeriesDescription": TEXTS[charset],
        "PatientName": TEXTS[charset],
        "ProtocolName": TEXTS[charset],
    }
    write_ct(tmp_path, SpecificCharacterSet=written, **text)
    draw(tmp_path)
    measured = measure(tmp_path)
    (row,) = measured.ct["rois"]
    assert (row["mean"], row["flags"]) == (MIDDLE_HU, [])
    assert not any(word in str(measured) for word in TEXTS[charset].split())


def test_a_character_set_that_nobody_knows(tmp_path: Path) -> None:
    paths = write_ct(tmp_path, SpecificCharacterSet="ISO_IR 100", SeriesDescription="Wirbelsäule")
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"ISO_XX 999"))
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU


def without_meta(path: Path, syntax: str) -> None:
    """The data set alone, as some exports have it: no preamble, no meta information."""
    dataset = pydicom.dcmread(path)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = dataset.pixel_array.astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    data = path.read_bytes()
    path.write_bytes(data[144 + int.from_bytes(data[140:144], "little") :])


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_files_without_preamble_and_meta_information_are_measured_right(tmp_path: Path, syntax: str) -> None:
    for path in write_ct(tmp_path):
        without_meta(path, syntax)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"], row["reason"]) == (MIDDLE_HU, [], "")


def test_files_whose_preamble_alone_is_lost(tmp_path: Path) -> None:
    for path in write_ct(tmp_path):
        path.write_bytes(path.read_bytes()[132:])
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU


def test_an_image_without_a_class_is_taken_by_its_modality(tmp_path: Path) -> None:
    for path in write_ct(tmp_path):
        dataset = pydicom.dcmread(path)
        dataset.SOPClassUID = ""
        dataset.save_as(path)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU  # the meta information says it
    for path in (tmp_path / "dicom").iterdir():
        without_meta(path, ExplicitVRLittleEndian)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU  # nothing says it but the modality


def test_an_image_without_modality_is_taken_by_its_class(tmp_path: Path) -> None:
    write_ct(tmp_path, Modality=None)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU


@pytest.mark.parametrize("kept", [0, 100, 140, 300, 700, -1])
def test_a_file_cut_off_anywhere_is_named_and_the_others_are_measured(tmp_path: Path, kept: int) -> None:
    paths = write_ct(tmp_path)
    paths[4].write_bytes(paths[4].read_bytes()[:kept])
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU
    (problem,) = problems(tmp_path)
    reasons = ("is not a DICOM file", "has no Rows or Columns", "is an image without pixels", "cut short")
    assert any(reason in problem for reason in reasons)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_ct(tmp_path)
    (tmp_path / "dicom" / "locked").write_bytes(b"x")

    def locked(path: Path, size: int) -> Any:
        if path.name == "locked":
            raise PermissionError
        return walk(path, size)

    monkeypatch.setattr(folder, "walk", locked)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU and problems(tmp_path) == ["cannot be read"]


@pytest.mark.parametrize("name", ["DICOMDIR", "dicomdir", "INDEX"])
def test_a_dicomdir_beside_the_files_is_passed_over_and_its_paths_never_followed(
    tmp_path: Path, name: str
) -> None:
    write_ct(tmp_path)
    directory = pydicom.Dataset()
    directory.FileSetID = "X"
    record = pydicom.Dataset()
    record.ReferencedFileID = ["UP", "ETC", "PASSWD"]
    directory.DirectoryRecordSequence = [record]
    directory.file_meta = pydicom.dataset.FileMetaDataset()
    directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    directory.file_meta.MediaStorageSOPInstanceUID = "2.25.5"
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pydicom.dcmwrite(tmp_path / "dicom" / name, directory, enforce_file_format=True)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU and problems(tmp_path) == []


@pytest.mark.parametrize("kind", [SECONDARY_CAPTURE, DOSE_REPORT])
def test_captures_and_reports_are_passed_over_without_a_word(tmp_path: Path, kind: str) -> None:
    write_ct(tmp_path)
    write_series(tmp_path / "dicom" / "other", ramp, stack(2), SOPClassUID=kind)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU and problems(tmp_path) == []


def test_derived_images_are_a_series_that_is_refused_with_its_reason(tmp_path: Path) -> None:
    write_ct(tmp_path)
    mpr = {"ImageType": ["DERIVED", "SECONDARY", "MPR"], "SeriesInstanceUID": "2.25.8", "SeriesNumber": 9}
    write_ct(tmp_path, lambda k: ramp(k + 3), below="mpr", **mpr)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU
    refused = [series["refused_because"] for series in measure(tmp_path).series["series"]]
    assert [] in refused and any("derived" in str(reasons) for reasons in refused)


def test_an_image_of_one_frame_that_claims_more_is_refused(tmp_path: Path) -> None:
    paths = write_ct(tmp_path)
    dataset = pydicom.dcmread(paths[5])
    dataset.NumberOfFrames = 1000
    dataset.save_as(paths[5])
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU
    assert problems(tmp_path) == ["is an image of one frame that claims 1000"]


def test_an_image_without_pixels_is_refused(tmp_path: Path) -> None:
    paths = write_ct(tmp_path)
    for path, how in ((paths[4], "absent"), (paths[5], "empty")):
        dataset = pydicom.dcmread(path)
        dataset.PixelData = b""
        if how == "absent":
            del dataset.PixelData
        dataset.save_as(path)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU
    assert problems(tmp_path) == ["is an image without pixels"] * 2


@pytest.mark.parametrize("uid", ["2.25.1", ""])
def test_a_region_on_an_identifier_that_several_images_bear_is_refused(tmp_path: Path, uid: str) -> None:
    write_series(tmp_path, ramp, stack(3), SOPInstanceUID=uid)
    images = index_folder(tmp_path, inside=tmp_path).images
    name = parse_roi_name("L3_body_middle")
    assert name is not None
    drawn = OnImage(uid, None, "polygon", np.array([[5.0, 5.0], [15.0, 5.0], [15.0, 15.0]]))
    (region,) = placed_regions([Annotation("R1", name, drawn)], images)
    assert region.shape is None
    assert region.refused in ("was drawn on an image whose identifier other images bear too", ELSEWHERE)


def test_the_walker_walks_what_scanners_write(tmp_path: Path) -> None:
    for path in write_series(tmp_path, ramp, stack(2), PixelPaddingValue=0, ContrastBolusAgent="KM"):
        assert walk(path, path.stat().st_size).values["ContrastBolusAgent"] == ("KM",)


def test_a_header_larger_than_the_first_bytes_is_read_on(tmp_path: Path) -> None:
    (path,) = write_series(tmp_path, ramp, stack(1))
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x00090010, "LO", "MAKER")
    dataset.add_new(0x00091001, "OB", bytes(200_000))
    dataset.save_as(path)
    file = DicomFile(1, 1, "00000000", path, path.stat().st_size)
    assert walk(path, file.size).values["Rows"] == ("40",)
    (header,) = read_headers(file)
    assert np.array_equal(read_slice(header).values, ramp(0) - 1024.0)
