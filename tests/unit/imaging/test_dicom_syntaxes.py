"""What each transfer syntax does: the mean of a region on a CT written in it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import pydicom
import pytest
from bonehold.imaging.dicom.folder import read_headers
from bonehold.imaging.dicom.headers import DicomFile, ImageHeader
from bonehold.imaging.dicom.pixels import read_slice
from dicom import image, write_series
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from small_patient import MIDDLE, MIDDLE_HU, SIZE, ct_row, draw, measure, ramp, stack, write_ct

JPEG_LOSSLESS_57 = gdcm.TransferSyntax.JPEGLosslessProcess14
JPEG_LOSSLESS_70 = gdcm.TransferSyntax.JPEGLosslessProcess14_1
JPEG_2000_LOSSLESS = gdcm.TransferSyntax.JPEG2000Lossless
JPEG_2000 = gdcm.TransferSyntax.JPEG2000
JPEG_BASELINE = gdcm.TransferSyntax.JPEGBaselineProcess1
JPEG_EXTENDED = gdcm.TransferSyntax.JPEGExtendedProcess2_4


def rewrite_native(path: Path, syntax: str) -> None:
    dataset = pydicom.dcmread(path)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = dataset.pixel_array.astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def rewrite_by_gdcm(path: Path, syntax: int) -> None:
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()


def compress(path: Path, syntax: str, **options: Any) -> None:
    dataset = pydicom.dcmread(path)
    dataset.compress(syntax, generate_instance_uid=False, **options)
    dataset.save_as(path)


def twelve_bit(k: int) -> np.ndarray:
    return ramp(k) % 4096


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
def test_native_syntaxes_are_measured_right(tmp_path: Path, syntax: str) -> None:
    for path in write_ct(tmp_path):
        rewrite_native(path, syntax)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"], row["reason"]) == (MIDDLE_HU, [], "")


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_rle_and_lossless_jpeg_ls_are_measured_right(tmp_path: Path, syntax: str) -> None:
    for path in write_ct(tmp_path):
        compress(path, syntax)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"], row["reason"]) == (MIDDLE_HU, [], "")


@pytest.mark.parametrize("syntax", [JPEG_LOSSLESS_57, JPEG_LOSSLESS_70, JPEG_2000_LOSSLESS])
def test_lossless_jpeg_and_jpeg_2000_are_measured_right(tmp_path: Path, syntax: int) -> None:
    for path in write_ct(tmp_path):
        rewrite_by_gdcm(path, syntax)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"], row["reason"]) == (MIDDLE_HU, [], "")


def test_near_lossless_jpeg_ls_is_measured_and_flagged(tmp_path: Path) -> None:
    for path in write_ct(tmp_path):
        compress(path, JPEGLSNearLossless, jls_error=3)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == pytest.approx(MIDDLE_HU, abs=3)
    assert row["flags"] == ["lossy_compression"]


def test_jpeg_2000_that_may_be_lossy_is_measured_and_flagged_unless_it_says_it_is_not(tmp_path: Path) -> None:
    paths = write_ct(tmp_path)
    for path in paths:
        rewrite_by_gdcm(path, JPEG_2000)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == pytest.approx(MIDDLE_HU, abs=3)
    assert row["flags"] == ["lossy_compression"]
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.LossyImageCompression = "00"
        dataset.save_as(path)
    assert ct_row(tmp_path)["flags"] == []


def test_an_image_that_was_lossy_once_is_flagged_though_it_is_native_now(tmp_path: Path) -> None:
    write_ct(tmp_path, LossyImageCompression="01")
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert (row["mean"], row["flags"]) == (MIDDLE_HU, ["lossy_compression"])


def test_baseline_jpeg_of_eight_bits_is_measured_and_flagged(tmp_path: Path) -> None:
    elements = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "RescaleSlope": 4, "RescaleIntercept": 0}
    for k, position in enumerate(stack()):
        dataset = image(ramp(k) % 256, position, **elements)
        dataset.PixelData = np.full((SIZE, SIZE), 55, dtype=np.uint8).tobytes()
        path = tmp_path / "dicom" / f"IM{k}"
        path.parent.mkdir(exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        rewrite_by_gdcm(path, JPEG_BASELINE)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == pytest.approx(MIDDLE_HU, abs=4)
    assert "lossy_compression" in row["flags"]


def as_syntax(path: Path, syntax: str, stream: bytes) -> None:
    """A file that claims a transfer syntax, around a stream."""
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)


def jpeg_of_size(rows: int, columns: int, precision: int, start_of_frame: int) -> bytes:
    frame = struct.pack(">BHHBBBB", precision, rows, columns, 1, 1, 0x11, 0)
    return (
        b"\xff\xd8" + bytes([0xFF, start_of_frame]) + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"
    )


@pytest.mark.parametrize(
    ("number", "start_of_frame", "name"),
    [
        (51, 0xC1, "JPEG Extended (Process 2 and 4)"),
        (53, 0xC2, "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)"),
        (55, 0xC2, "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)"),
    ],
)
def test_twelve_bit_jpeg_and_the_retired_processes_are_refused(
    tmp_path: Path, number: int, start_of_frame: int, name: str
) -> None:
    for path in write_ct(tmp_path, twelve_bit, BitsStored=12, HighBit=11):
        stream = jpeg_of_size(SIZE, SIZE, 12, start_of_frame)
        as_syntax(path, f"1.2.840.10008.1.2.4.{number}", stream)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] is None
    assert row["reason"].startswith(f"the pixels of the slice cannot be decoded from {name}")


def test_high_throughput_jpeg_2000_is_refused(tmp_path: Path) -> None:
    for path in write_ct(tmp_path):
        rewrite_by_gdcm(path, JPEG_2000_LOSSLESS)
        stream = next(pydicom.encaps.generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=1))
        as_syntax(path, HTJ2K, stream)
    draw(tmp_path)
    assert "cannot be decoded from High-Throughput JPEG 2000" in ct_row(tmp_path)["reason"]


def test_a_transfer_syntax_that_dicom_does_not_know_is_refused_and_not_written(tmp_path: Path) -> None:
    known, unknown = b"1.2.840.10008.1.2.4.55", b"1.2.840.10008.1.2.4.98"
    for path in write_ct(tmp_path):
        as_syntax(path, known.decode(), jpeg_of_size(SIZE, SIZE, 12, 0xC2))
        path.write_bytes(path.read_bytes().replace(known, unknown))
    draw(tmp_path)
    assert "cannot be decoded from an unknown transfer syntax" in ct_row(tmp_path)["reason"]


def test_a_series_of_compressed_and_native_files_is_measured_right(tmp_path: Path) -> None:
    paths = write_ct(tmp_path)
    compress(paths[0], RLELossless)
    rewrite_by_gdcm(paths[2], JPEG_LOSSLESS_70)
    rewrite_native(paths[3], ImplicitVRLittleEndian)
    draw(tmp_path)
    draw(tmp_path, (20, 20, 6), name="L3_body_superior")
    means = {row["roi"]: row["mean"] for row in measure(tmp_path).ct["rois"]}
    assert means == {"L3_body_middle": MIDDLE_HU, "L3_body_superior": 320}


def header_of(path: Path) -> ImageHeader:
    (header,) = read_headers(DicomFile(1, 1, "00000000", path, path.stat().st_size))
    return header


@pytest.mark.parametrize("allocated", [8, 16, 32])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_eight_sixteen_and_thirty_two_bits(tmp_path: Path, allocated: int, syntax: str) -> None:
    values = np.arange(40).reshape(5, 8) * (1 if allocated == 8 else 70_000 if allocated == 32 else 300)
    dataset = image(values, MIDDLE, BitsAllocated=allocated, BitsStored=allocated, HighBit=allocated - 1)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    dataset.PixelData = values.astype(f"{order}u{allocated // 8}").tobytes()
    dataset["PixelData"].VR = "OB" if allocated == 8 else "OW"
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(tmp_path / "file", dataset, enforce_file_format=True)
    assert np.array_equal(read_slice(header_of(tmp_path / "file")).values, values - 1024.0)


@pytest.mark.parametrize("compressed", [False, True])
def test_junk_in_unused_bits_means_nothing(tmp_path: Path, compressed: bool) -> None:
    values = np.arange(64).reshape(8, 8) * 60
    (path,) = write_series(tmp_path, lambda _: values | 0xA000, [MIDDLE], BitsStored=12, HighBit=11)
    if compressed:
        compress(path, RLELossless)
    assert np.array_equal(read_slice(header_of(path)).values, values - 1024.0)
