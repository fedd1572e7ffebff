"""Hostile files: each in a process of its own, which must stay below 1 GB and end by itself with a reason."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pydicom
import pytest
from dicom import image, write_series
from multi_frame import multi_frame
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from small_patient import MIDDLE_HU, ct_row, draw, ramp, stack, write_ct
from test_dicom_syntaxes import JPEG_LOSSLESS_70, rewrite_by_gdcm

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
MOST_BYTES = 10**9

READ_ALL = """
import json, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.pixels import UnreadablePixels, read_slice
from bonehold.imaging.series import group_series
index = index_folder(Path(sys.argv[2]), inside=Path(sys.argv[2]))
said = [problem.line() for problem in index.problems]
read = 0
for header in index.images[:50]:
    try:
        read_slice(header)
        read += 1
    except UnreadablePixels as reason:
        said.append(str(reason))
group_series(index.images)
status = Path("/proc/self/status")  # ru_maxrss would begin with that of the process that started this one
peak = int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024 if status.exists() else 0
print(json.dumps({"said": said, "read": read, "images": len(index.images), "peak": peak}))
"""


def read_all(folder: Path, **options: Any) -> dict[str, Any]:
    """What a fresh process says of a folder of DICOM files, and the memory it took."""
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(SCRIPTS), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["peak"] < MOST_BYTES
    return dict(found)


def plant(
    folder: Path, dataset: pydicom.Dataset, syntax: str | None = None, stream: bytes | None = None
) -> Path:
    path = folder / "dicom" / "hostile"
    path.parent.mkdir(parents=True, exist_ok=True)
    if syntax is not None and stream is not None:
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([stream])
        dataset["PixelData"].is_undefined_length = True
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path


def rle(*segments: bytes) -> bytes:
    starts = [64 + sum(map(len, segments[:k])) for k in range(len(segments))]
    return struct.pack("<16I", len(segments), *starts, *([0] * (15 - len(segments)))) + b"".join(segments)


def test_rows_and_columns_beyond_all_bounds_are_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    dataset = image(ramp(0), (0, 0, 0))
    dataset.Rows = dataset.Columns = 30_000
    plant(tmp_path, dataset, RLELossless, rle(b"\x81\0" * 4000, b"\x81\0" * 4000))
    found = read_all(tmp_path / "dicom")
    assert found["images"] == 0 and "claims 30000 x 30000 pixels" in found["said"][0]


def test_the_largest_image_that_is_allowed_from_a_small_file(tmp_path: Path) -> None:
    dataset = image(ramp(0), (0, 0, 0))
    dataset.Rows = dataset.Columns = 4096
    plant(tmp_path, dataset, RLELossless, rle(b"\x81\0" * 4000, b"\x81\0" * 4000))
    found = read_all(tmp_path / "dicom")
    assert found["read"] == 0 and "cannot be decoded" in found["said"][0]


def test_a_run_length_stream_that_unpacks_without_end(tmp_path: Path) -> None:
    plant(tmp_path, image(ramp(0), (0, 0, 0)), RLELossless, rle(b"\x81\0" * 15_000_000, b"\x81\0"))
    found = read_all(tmp_path / "dicom")
    assert found["said"] == ["the pixels of the slice have another size than its header says"]


def siz(rows: int, columns: int, components: int = 1) -> bytes:
    """The beginning of a JPEG 2000 stream of this size, with one tile and an empty rest."""
    size = struct.pack(">H8IH", 0, columns, rows, 0, 0, columns, rows, 0, 0, components)
    size += bytes([15, 1, 1]) * components
    coding = bytes([0, 0, 0, 1, 0, 5, 4, 4, 0, 1])
    return (
        b"\xff\x4f\xff\x51"
        + struct.pack(">H", len(size) + 2)
        + size
        + b"\xff\x52"
        + struct.pack(">H", len(coding) + 2)
        + coding
        + b"\xff\x5c\x00\x13\x40"
        + bytes([0x40] * 16)
        + b"\xff\x90\x00\x0a\0\0\0\0\0\0\0\x01\xff\x93\xff\xd9"
    )


def jpeg(rows: int, columns: int, start_of_frame: int) -> bytes:
    frame = struct.pack(">BHHBBBB", 16, rows, columns, 1, 1, 0x11, 0)
    table = b"\xff\xc4\x00\x15\x00" + bytes([1] + [0] * 15) + b"\0\0"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00" + bytes(64)
    return (
        b"\xff\xd8\xff"
        + bytes([start_of_frame])
        + struct.pack(">H", len(frame) + 2)
        + frame
        + table
        + scan
        + b"\xff\xd9"
    )


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG2000Lossless, siz(30_000, 30_000)),
        (JPEG2000Lossless, siz(40, 40, components=16_000)),
        (JPEGLosslessSV1, jpeg(60_000, 60_000, 0xC3)),
        (JPEGLSLossless, jpeg(60_000, 60_000, 0xF7)),
        (JPEGLosslessSV1, b"\xff\xd8"),
        (JPEG2000Lossless, bytes(8)),
    ],
)
def test_a_stream_of_another_size_than_the_header_is_refused_before_a_decoder_believes_it(
    tmp_path: Path, syntax: str, stream: bytes
) -> None:
    plant(tmp_path, image(ramp(0), (0, 0, 0)), syntax, stream)
    found = read_all(tmp_path / "dicom")
    assert found["read"] == 0 and len(found["said"]) == 1


def test_a_good_jpeg_ls_stream_whose_size_was_made_huge(tmp_path: Path) -> None:
    """A decoder that believed it would ask for 7 GB, and bring the process down."""
    dataset = image(ramp(0), (0, 0, 0))
    dataset.compress(JPEGLSLossless)
    stream = bytearray(next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)))
    struct.pack_into(">HH", stream, stream.index(b"\xff\xf7") + 5, 60_000, 60_000)
    plant(tmp_path, image(ramp(0), (0, 0, 0)), JPEGLSLossless, bytes(stream))
    found = read_all(tmp_path / "dicom")
    assert found["said"] == ["the pixels of the slice have another size than its header says"]


@pytest.mark.parametrize("room", [0, 70_000])
def test_a_deflate_bomb(tmp_path: Path, room: int) -> None:
    """`room`: so many bytes of other meta information before the transfer syntax is told."""
    dataset = image(ramp(0), (0, 0, 0))
    path = plant(tmp_path, dataset)
    data = path.read_bytes()
    begin = 144 + int.from_bytes(data[140:144], "little")
    syntax = DeflatedExplicitVRLittleEndian.encode()
    meta = b"\x02\0\x01\0OB\0\0" + struct.pack("<I", room + 2) + bytes(room + 2)
    meta += b"\x02\0\x10\0UI" + struct.pack("<H", len(syntax)) + syntax
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(data[begin:]) + b"".join(packer.compress(bytes(10**6)) for _ in range(600))
    packed += packer.flush()
    length = b"\x02\0\0\0UL\x04\0" + struct.pack("<I", len(meta))
    path.write_bytes(b"\0" * 128 + b"DICM" + length + meta + packed)
    assert path.stat().st_size < 4_000_000
    found = read_all(tmp_path / "dicom")
    assert found["images"] == 0 and "unpacks to more than 256 MB" in found["said"][0]


@pytest.mark.parametrize("depth", [10, 100, 3000])
@pytest.mark.parametrize("undefined", [True, False])
def test_deep_nesting(tmp_path: Path, depth: int, undefined: bool) -> None:
    path = plant(tmp_path, image(ramp(0), (0, 0, 0)))
    inner = b""
    for _ in range(depth):
        if undefined:
            item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + inner + b"\xfe\xff\x0d\xe0\0\0\0\0"
            inner = b"\x40\0\x60\x02SQ\0\0\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\0\0\0\0"
        else:
            item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(inner)) + inner
            inner = b"\x40\0\x60\x02SQ\0\0" + struct.pack("<I", len(item)) + item
    data = path.read_bytes()
    place = data.index(b"\xe0\x7f\x10\0OW")
    path.write_bytes(data[:place] + inner + data[place:])
    found = read_all(tmp_path / "dicom")
    if undefined and depth == 3000:  # pydicom cannot go so deep, and the walker does not try
        assert "is not a DICOM file" in found["said"][0]
    else:
        assert found["read"] == 1


@pytest.mark.parametrize("compressed", [False, True])
def test_a_huge_number_of_frames(tmp_path: Path, compressed: bool) -> None:
    dataset = multi_frame(ramp, stack())
    if compressed:
        dataset.compress(RLELossless)
    dataset.NumberOfFrames = 2**31 - 1
    plant(tmp_path, dataset)
    assert "frames are described 6 times" in read_all(tmp_path / "dicom")["said"][0]
    del dataset.PerFrameFunctionalGroupsSequence, dataset.SharedFunctionalGroupsSequence
    plant(tmp_path, dataset)
    assert "claims 2147483647 frames" in read_all(tmp_path / "dicom")["said"][0]


def test_a_folder_called_dl_in_the_working_directory_does_not_stop_decoding(tmp_path: Path) -> None:
    for path in write_ct(tmp_path):
        rewrite_by_gdcm(path, JPEG_LOSSLESS_70)
    for name in ("dl", "DLFCN"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.txt").write_text("a download")
    found = read_all(tmp_path / "dicom", cwd=tmp_path)
    assert found["read"] == 6 and found["said"] == []


@pytest.mark.parametrize(
    "elements",
    [
        {"StudyInstanceUID": "../../etc/x", "SeriesInstanceUID": "../../x"},
        {"PatientID": "$(touch hacked);{wildcard}", "PatientName": "=HYPERLINK(1)"},
        {"SeriesDescription": "=1+1", "Manufacturer": "@SUM(1)"},
    ],
)
def test_hostile_text_goes_nowhere(tmp_path: Path, elements: dict[str, str]) -> None:
    write_series(tmp_path / "dicom", ramp, stack())
    for path in (tmp_path / "dicom").iterdir():
        dataset = pydicom.dcmread(path)
        for keyword, value in elements.items():
            dataset.add_new(keyword, pydicom.datadict.dictionary_VR(keyword), value)
        dataset.save_as(path)
    draw(tmp_path)
    row = ct_row(tmp_path)
    assert row["mean"] == MIDDLE_HU
    assert not any(value in json.dumps(row) for value in elements.values())


def test_numbers_that_are_no_numbers(tmp_path: Path) -> None:
    (path,) = write_series(tmp_path / "dicom", ramp, stack(1))
    data = path.read_bytes()
    spacing = b"\x28\0\x30\0DS\x08\0"
    assert spacing + b"1.0\\1.0 " in data
    path.write_bytes(data.replace(spacing + b"1.0\\1.0 ", spacing + b"1_0\\inf "))
    found = read_all(tmp_path / "dicom")
    assert found["images"] == 1 and found["read"] == 1
