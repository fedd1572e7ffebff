"""Laws of reading DICOM: the tag walker is pydicom or gives up, and nothing that a file holds brings either down."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pydicom
import pytest
from bonehold.imaging.dicom.elements import NUMBERS, TEXT, WANTED, Elements
from bonehold.imaging.dicom.folder import read_headers
from bonehold.imaging.dicom.headers import DicomFile, ImageHeader
from bonehold.imaging.dicom.pixels import UnreadablePixels, read_slice
from bonehold.imaging.dicom.pydicom_headers import read_elements
from bonehold.imaging.dicom.tag_walker import Surprise, walk
from bonehold.problems import Problem
from dicom import CT_CLASS, image
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

pytestmark = pytest.mark.filterwarnings("ignore")

often = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))

LONG_FORM = {"OB", "OD", "OF", "OW", "SQ", "UC", "UN", "UT"}
UNDEFINED = 0xFFFFFFFF

texts = st.one_of(
    st.text("ABC 12.-+eE_\\/^=\0", max_size=12).map(str.encode),
    st.text("aäß日\x1b$B\\ ", max_size=6).map(lambda text: text.encode("utf-8")),
    st.sampled_from(
        [b"1", b"-1024", b"1.5\\2.5", b" 3 ", b"", b"nan", b"1e3", b"1,5", b"12.", b"1\\", b"007"]
    ),
)
"""Bytes of a text element: plain, in other characters, numbers good and bad."""

values = st.one_of(texts, st.binary(max_size=9))
vrs = st.sampled_from(sorted({*NUMBERS, *TEXT, "LT", "OB", "OW", "PN", "ST", "UN", "UT"}))
tags = st.one_of(
    st.sampled_from(sorted(set(WANTED) - {0x00080016})),
    st.integers(0x0008, 0x7FDF).flatmap(lambda g: st.integers(0, 0xFFFF).map(lambda e: g << 16 | e)),
    st.sampled_from([0x00180012, 0x00283000, 0x00080005, 0x00090010, 0x00091001, 0x20050010, 0x00080000]),
)


class Header:
    """Bytes of a header, element by element."""

    def __init__(self, explicit: bool) -> None:
        self.explicit = explicit

    def element(self, tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
        size = len(value) if length is None else length
        name = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        if not self.explicit:
            return name + struct.pack("<I", size) + value
        if vr in LONG_FORM:
            return name + vr.encode() + b"\0\0" + struct.pack("<I", size) + value
        return name + vr.encode() + struct.pack("<H", size & 0xFFFF) + value

    def sequence(self, tag: int, items: list[bytes], undefined: bool) -> bytes:
        if not undefined:
            body = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)
            return self.element(tag, "SQ", body)
        end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
        body = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED) + item + end for item in items)
        return self.element(tag, "SQ", body + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), UNDEFINED)


@st.composite
def elements(draw: st.DrawFn, header: Header, depth: int = 2) -> dict[int, bytes]:
    """Some elements by their tags, sequences of such among them."""
    found = {}
    for _ in range(draw(st.integers(0, 8 if depth == 2 else 3))):
        tag = draw(tags)
        if depth and draw(st.integers(0, 3)) == 0:
            items = [joined(draw(elements(header, depth - 1))) for _ in range(draw(st.integers(0, 2)))]
            found[tag] = header.sequence(tag, items, draw(st.booleans()))
        else:
            own = [WANTED[tag][1]] if tag in WANTED else []
            vr = draw(st.sampled_from(own)) if own and draw(st.integers(0, 3)) else draw(vrs)
            found[tag] = header.element(tag, vr, draw(values))
    return found


def joined(found: dict[int, bytes]) -> bytes:
    return b"".join(found[tag] for tag in sorted(found))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A CT whose header holds anything, in order; now and then without its meta information."""
    explicit = draw(st.booleans())
    header = Header(explicit)
    found = {
        0x00080016: header.element(0x00080016, "UI", CT_CLASS.encode() + b"\0"),
        0x00280010: header.element(0x00280010, "US", struct.pack("<H", 2)),
        0x00280011: header.element(0x00280011, "US", struct.pack("<H", 2)),
        0x00280103: header.element(0x00280103, "US", struct.pack("<H", draw(st.integers(0, 1)))),
        **draw(elements(header)),
        0x7FE00010: header.element(0x7FE00010, "OW", bytes(8)),
    }
    syntax = (ExplicitVRLittleEndian if explicit else ImplicitVRLittleEndian).encode()
    meta = Header(True).element(0x00020010, "UI", syntax.ljust(len(syntax) + len(syntax) % 2, b"\0"))
    length = Header(True).element(0x00020000, "UL", struct.pack("<I", len(meta)))
    begin = b"\0" * 128 + b"DICM" + length + meta if draw(st.integers(0, 9)) else b""
    return begin + joined(found)


def on_disk(folder: str, data: bytes) -> DicomFile:
    path = Path(folder) / "file"
    path.write_bytes(data)
    return DicomFile(1, 1, "00000000", path, len(data))


@cache
def whole_files() -> tuple[bytes, ...]:
    """Good files to damage: plain, big endian, compressed, with frames, with a table."""
    pixels = np.arange(64).reshape(8, 8)
    written = []
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless):
        dataset = image(pixels, (0, 0, 0), PixelPaddingValue=0, ContrastBolusAgent="KM")
        if syntax == RLELossless:
            dataset.compress(RLELossless)
        else:
            dataset.file_meta.TransferSyntaxUID = syntax
        stream = BytesIO()
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = pixels.astype(">u2").tobytes()
        pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
        written.append(stream.getvalue())
    return tuple(written)


def assert_pydicom_agrees(walked: Elements, file: DicomFile) -> None:
    try:
        other = read_elements(file.path)
    except Exception:
        return  # pydicom stumbles over an element that nobody asked for, or over what is inside a sequence
    assert walked == other


@often
@given(files())
def test_the_walker_is_pydicom_or_gives_up(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = on_disk(folder, data)
        try:
            walked = walk(file.path, file.size)
        except Surprise:
            return
        assert_pydicom_agrees(walked, file)


@often
@given(st.data())
def test_damaged_files_give_headers_or_one_problem(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(whole_files())))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(100, len(whole)))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "swap"]))
        if kind == "flip" and place < len(whole):
            whole[place] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "swap" and place < len(whole):
            whole[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del whole[place : place + data.draw(st.integers(1, 40))]
        else:
            whole[place:place] = data.draw(st.binary(min_size=1, max_size=20))
    with TemporaryDirectory() as folder:
        file = on_disk(folder, bytes(whole))
        try:
            walked = walk(file.path, file.size)
        except Surprise:
            walked = None
        found = read_headers(file)
        assert isinstance(found, Problem) or all(isinstance(header, ImageHeader) for header in found)
        if walked is not None:
            assert_pydicom_agrees(walked, file)
        for header in found if isinstance(found, list) else []:
            try:
                pixels = read_slice(header)
            except UnreadablePixels:
                continue
            assert pixels.values.shape == pixels.padding.shape == (header.rows, header.columns)


@often
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_give_headers_or_one_problem(noise: bytes, preamble: bool) -> None:
    with TemporaryDirectory() as folder:
        file = on_disk(folder, b"\0" * 128 + b"DICM" + noise if preamble else noise)
        with pytest.raises(Surprise):
            walk(file.path, file.size)
        assert isinstance(read_headers(file), Problem | list)


@often
@given(
    allocated=st.sampled_from([8, 16, 32]),
    unused=st.integers(0, 7),
    signed=st.booleans(),
    syntax=st.sampled_from(
        [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless]
    ),
    slope=st.sampled_from([None, 1.0, 0.5, -2.0]),
    intercept=st.sampled_from([None, 0.0, -1024.0, 0.1]),
    padding=st.sampled_from([None, 0, 1, -2000]),
    random=st.randoms(use_true_random=False),
)
def test_stored_pixels_of_any_kind_are_decoded(
    allocated: int,
    unused: int,
    signed: bool,
    syntax: Any,
    slope: Any,
    intercept: Any,
    padding: Any,
    random: Any,
) -> None:
    assume(syntax != RLELossless or allocated < 32)  # pydicom writes no others
    bits = allocated - unused
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    pixels = np.array([random.randint(low, high) for _ in range(20)], dtype=np.int64).reshape(4, 5)
    junk = np.array([random.randrange(1 << unused) for _ in range(20)], dtype=np.int64).reshape(4, 5) << bits
    kind = np.dtype(f"{'>' if syntax == ExplicitVRBigEndian else '<'}u{allocated // 8}")
    raw = ((pixels & ((1 << bits) - 1)) | junk).astype(kind)
    dataset = image(
        pixels,
        (0, 0, 0),
        BitsAllocated=allocated,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(signed),
        RescaleSlope=slope,
        RescaleIntercept=intercept,
    )
    dataset.PixelData = raw.tobytes()
    dataset["PixelData"].VR = "OB" if allocated == 8 else "OW"
    if padding is not None and (signed or padding >= 0):
        dataset.add_new(0x00280120, "SS" if signed else "US", padding)
    if syntax == RLELossless:
        dataset.compress(RLELossless)
    else:
        dataset.file_meta.TransferSyntaxUID = syntax
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)
        (header,) = read_headers(DicomFile(1, 1, "00000000", path, path.stat().st_size))
        found = read_slice(header)
    expected = pixels.astype(np.float64) * (1.0 if slope is None else slope) + (intercept or 0.0)
    assert np.array_equal(found.values, expected)
    if padding is not None and (signed or padding >= 0):
        assert found.padding[pixels == padding].all()
