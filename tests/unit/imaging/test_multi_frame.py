"""Enhanced multi-frame CT and MR: each frame a slice of its own, in any transfer syntax."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from bonehold.imaging.dicom.folder import read_headers
from bonehold.imaging.dicom.headers import DicomFile, ImageHeader
from bonehold.imaging.dicom.pixels import UnreadablePixels, philips_factors, read_slice
from dicom import SAGITTAL
from multi_frame import ENHANCED_MR, LEGACY_CT, SHARED, group, multi_frame, rescale
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)
from small_patient import MIDDLE_HU, ct_row, draw, measure, problems, ramp, stack

SHUFFLED = [stack()[k] for k in (3, 0, 5, 1, 2, 4)]
"""Frames need not be in the order of their places."""


def of_place(k: int) -> np.ndarray:
    return ramp((3, 0, 5, 1, 2, 4)[k])


def save(folder: Path, dataset: FileDataset, syntax: str = ExplicitVRLittleEndian) -> Path:
    path = folder / "dicom" / "multi"
    path.parent.mkdir(parents=True, exist_ok=True)
    if syntax in (RLELossless, JPEGLSLossless):
        dataset.compress(syntax, generate_instance_uid=False)
    elif syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path


def headers_of(path: Path) -> list[ImageHeader]:
    found = read_headers(DicomFile(1, 1, "00000000", path, path.stat().st_size))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLSLossless,
    ],
)
@pytest.mark.parametrize("kind", [{}, {"SOPClassUID": LEGACY_CT}])
def test_an_enhanced_ct_is_measured_right_in_any_syntax(
    tmp_path: Path, syntax: str, kind: dict[str, str]
) -> None:
    save(tmp_path, multi_frame(of_place, SHUFFLED, **kind), syntax)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["slice"], row["flags"], row["reason"]) == (MIDDLE_HU, 2, [], "")


def test_rescale_of_each_frame(tmp_path: Path) -> None:
    dataset = multi_frame(
        of_place, SHUFFLED, shared=SHARED, each=lambda k: rescale(1 + 0.5 * (k == 4), -1024 if k == 4 else 0)
    )
    save(tmp_path, dataset)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == 1.5 * (1024 + MIDDLE_HU) - 1024


def test_what_all_frames_share_without_groups_of_their_own(tmp_path: Path) -> None:
    dataset = multi_frame(of_place, SHUFFLED)
    del dataset.PerFrameFunctionalGroupsSequence
    headers = headers_of(save(tmp_path, dataset))
    assert [header.intercept for header in headers] == [-1024.0] * 6
    assert all(header.geometry is None for header in headers)


def test_a_position_of_the_whole_object_is_none_of_its_frames(tmp_path: Path) -> None:
    dataset = multi_frame(of_place, SHUFFLED, ImagePositionPatient=[0.0, 0.0, 4.0])
    del dataset.PerFrameFunctionalGroupsSequence
    assert all(header.geometry is None for header in headers_of(save(tmp_path, dataset)))
    draw(tmp_path)
    assert ct_row(tmp_path)["reason"] == "no CT series to measure on"


def test_frames_without_any_functional_group_are_read_and_have_no_place(tmp_path: Path) -> None:
    dataset = multi_frame(of_place, SHUFFLED, RescaleSlope=1, RescaleIntercept=-1000)
    del dataset.PerFrameFunctionalGroupsSequence, dataset.SharedFunctionalGroupsSequence
    headers = headers_of(save(tmp_path, dataset))
    assert len(headers) == 6 and all(header.geometry is None for header in headers)
    assert np.array_equal(read_slice(headers[4]).values, of_place(4) - 1000.0)


@pytest.mark.parametrize("claimed", [5, 7, 2_000_000_000])
def test_a_wrong_number_of_frames_is_refused(tmp_path: Path, claimed: int) -> None:
    dataset = multi_frame(of_place, SHUFFLED)
    dataset.NumberOfFrames = claimed
    save(tmp_path, dataset)
    draw(tmp_path)
    (problem,) = problems(tmp_path)
    assert problem == f"is a multi-frame object whose {claimed} frames are described 6 times"
    assert ct_row(tmp_path)["reason"] == "no CT series to measure on"


def test_frames_that_the_file_does_not_hold_are_refused(tmp_path: Path) -> None:
    dataset = multi_frame(of_place, SHUFFLED)
    dataset.PixelData = dataset.PixelData[: 5 * 2 * 1600]
    save(tmp_path, dataset)
    draw(tmp_path)
    assert ct_row(tmp_path)["reason"] == "the pixel data of the slice are cut short"


def test_a_cut_stream_refuses_the_frame_it_is_cut_in_alone(tmp_path: Path) -> None:
    path = save(tmp_path, multi_frame(of_place, SHUFFLED), JPEGLSLossless)
    path.write_bytes(path.read_bytes()[:-60])
    headers = headers_of(path)
    for index in range(5):
        assert np.array_equal(read_slice(headers[index]).values, of_place(index) - 1024.0)
    with pytest.raises(UnreadablePixels):
        read_slice(headers[5])


def test_time_points_at_the_same_places_are_never_one_stack(tmp_path: Path) -> None:
    dataset = multi_frame(lambda k: ramp(k % 6) + 50 * (k // 6), stack() + stack())
    save(tmp_path, dataset)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] is None and row["reason"] == "two different slices stand at its place"


def test_orientations_within_one_object_are_series_of_their_own(tmp_path: Path) -> None:
    def turned(k: int) -> dict[str, Items]:
        axes = [1, 0, 0, 0, 1, 0] if k < 6 else [0, 1, 0, 0, 0, -1]
        return group("PlaneOrientationSequence", ImageOrientationPatient=axes)

    dataset = multi_frame(lambda k: ramp(k), stack() + [(5.0 * k, 0.0, 40.0) for k in range(4)], each=turned)
    save(tmp_path, dataset)
    draw(tmp_path)
    assert ct_row(tmp_path)["mean"] == MIDDLE_HU
    assert len(measure(tmp_path).series["series"]) == 2


def test_facts_of_the_acquisition_stand_in_the_functional_groups(tmp_path: Path) -> None:
    shared = {
        **SHARED,
        **rescale(1, -1024),
        **group("CTXRayDetailsSequence", KVP=100),
        **group("CTReconstructionSequence", ConvolutionKernel="B70f"),
        **group("ContrastBolusUsageSequence", ContrastBolusAgentNumber=1),
    }
    agent = Dataset()
    agent.CodeMeaning = "Iohexol"
    dataset = multi_frame(of_place, SHUFFLED, shared=shared, ContrastBolusAgentSequence=Items([agent]))
    save(tmp_path, dataset)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == MIDDLE_HU and row["flags"] == ["sharp_kernel", "contrast", "kvp_100"]


def test_a_frame_type_counts_as_the_image_type(tmp_path: Path) -> None:
    shared = {
        **SHARED,
        **group("CTImageFrameTypeSequence", FrameType=["DERIVED", "SECONDARY", "MPR", "NONE"]),
    }
    dataset = multi_frame(
        of_place, SHUFFLED, shared=shared, ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    )
    save(tmp_path, dataset)
    draw(tmp_path)
    assert ct_row(tmp_path)["reason"] == "no CT series to measure on"


def enhanced_mr(each: Callable[[int], dict[str, Items]] = lambda _: {}, **modifier: Any) -> FileDataset:
    shared = {
        **group("PlaneOrientationSequence", ImageOrientationPatient=list(SAGITTAL)),
        **group("PixelMeasuresSequence", PixelSpacing=[1.0, 1.0], SliceThickness=4.0),
        **group("MRImageFrameTypeSequence", FrameType=["ORIGINAL", "PRIMARY", "T1", "NONE"]),
        **group("MRTimingAndRelatedParametersSequence", RepetitionTime=600.0),
        **group("MREchoSequence", EffectiveEchoTime=10.0),
        **group("MRModifierSequence", **modifier),
    }
    positions = [(4.0 * k, 0.0, 40.0) for k in range(9)]
    elements = {"SOPClassUID": ENHANCED_MR, "Modality": "MR", "Manufacturer": "Philips"}
    return multi_frame(ramp, positions, shared=shared, each=each, **elements)


def test_an_enhanced_mr_tells_its_times_in_groups(tmp_path: Path) -> None:
    header = headers_of(
        save(tmp_path, enhanced_mr(InversionTimes=[860.0], SpectrallySelectedSuppression="FAT"))
    )[0]
    times = header.repetition_time_ms, header.echo_time_ms, header.inversion_time_ms
    assert times == (600.0, 10.0, 860.0)
    assert header.scan_options == ("FS",) and header.image_type[2] == "T1"


def test_the_philips_scale_of_each_frame_is_taken_and_nothing_else_of_its_private_group(
    tmp_path: Path,
) -> None:
    dataset = enhanced_mr(each=lambda _: rescale(2, 0))
    for k, item in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        own = Dataset()
        block = own.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", 0.5 if k < 5 else 0.25)
        own.RescaleSlope = 77
        own.ImagePositionPatient = [0.0, 0.0, 0.0]
        outer = item.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
        outer.add_new(0x0F, "SQ", Items([own]))
    headers = headers_of(save(tmp_path, dataset))
    assert [header.philips_scale_slope for header in headers] == [0.5] * 5 + [0.25] * 4
    assert {header.slope for header in headers} == {2.0}
    assert len({tuple(header.geometry.origin) for header in headers if header.geometry}) == 9
    assert philips_factors(headers) == (1.0,) * 5 + (2.0,) * 4
