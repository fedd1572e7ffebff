"""Streams that take a decoder down or keep it busy, and headers without end: a reason, soon, and the process lives."""

from __future__ import annotations

import os
import signal
import struct
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bonehold.imaging.dicom import frames
from bonehold.imaging.dicom.apart import NotDecoded, apart
from bonehold.imaging.dicom.folder import index_folder
from bonehold.imaging.dicom.pixels import UnreadablePixels, read_slice
from dicom import image, write_series
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGLSLossless, RLELossless

VALUES = np.arange(64 * 64).reshape(64, 64)


def fails() -> np.ndarray:
    raise ValueError("a name")


def dies_by(number: signal.Signals) -> Callable[[], np.ndarray]:
    def die() -> np.ndarray:
        os.kill(os.getpid(), number)
        return VALUES

    return die


def never_ends() -> np.ndarray:
    while True:
        pass


def test_what_is_decoded_comes_back() -> None:
    np.testing.assert_array_equal(apart(lambda: VALUES), VALUES)


@pytest.mark.parametrize(
    "decode",
    [fails, os.abort, lambda: os._exit(0), dies_by(signal.SIGSEGV), dies_by(signal.SIGKILL), never_ends],
)
def test_whatever_becomes_of_the_decoder_is_one_exception(decode: Callable[[], np.ndarray]) -> None:
    with pytest.raises(NotDecoded):
        apart(decode, most_seconds=1.0)


def test_what_a_decoder_prints_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    apart(lambda: np.full(os.write(1, b"Maria") + os.write(2, b"Maria"), 1))
    assert capfd.readouterr() == ("", "")


def test_a_slice_whose_decoder_aborts_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = image(VALUES, (0, 0, 0))
    packed.compress(RLELossless)
    packed.save_as(tmp_path / "x", enforce_file_format=True)
    (header,) = index_folder(tmp_path, inside=tmp_path).images
    assert read_slice(header).values.shape == (64, 64)
    monkeypatch.setattr(frames, "pixel_array", lambda *_args, **_options: os.abort())
    with pytest.raises(UnreadablePixels, match="cannot be decoded from RLE Lossless"):
        read_slice(header)


def test_a_jpeg_ls_stream_that_is_cut_does_not_keep_the_decoder_busy(tmp_path: Path) -> None:
    """CharLS reads on behind the end of the data for some seconds a slice."""
    packed = image(np.random.default_rng(1).integers(0, 4000, (64, 64)), (0, 0, 0))
    packed.compress(JPEGLSLossless)
    stream = next(generate_frames(packed.PixelData, number_of_frames=1))
    packed.PixelData = encapsulate([stream[: len(stream) // 2 & ~1]])
    packed.save_as(tmp_path / "x", enforce_file_format=True)
    (header,) = index_folder(tmp_path, inside=tmp_path).images
    began = time.process_time()
    with pytest.raises(UnreadablePixels):
        read_slice(header)
    assert time.process_time() - began < 1


def endless(folder: Path) -> dict[str, bytes | int]:
    """Beginnings of files, and how long the file is in the end (a file with holes takes no room)."""
    (path,) = write_series(folder / "plain", lambda _: VALUES, [(0, 0, 0)])
    data = path.read_bytes()
    start = data.index(b"\x18\x00\x50\x00")
    private = b"\x09\x00\x01\x10OB\0\0" + struct.pack("<I", 3_000_000_000)
    meta = b"\0" * 128 + b"DICM\x02\0\x01\0OB\0\0" + struct.pack("<I", 3_000_000_000)
    return {
        "zeros": b"",
        "private": data[:start] + private,
        "meta": meta,
        "zeros behind a header": data[:start],
    }


@pytest.mark.parametrize("kind", ["zeros", "private", "meta", "zeros behind a header"])
def test_a_header_without_end_is_given_up(kind: str, tmp_path: Path) -> None:
    (tmp_path / "hostile").mkdir()
    with (tmp_path / "hostile" / "x").open("wb") as file:
        file.write(endless(tmp_path)[kind])
        file.truncate(4_000_000_000)
    began = time.process_time()
    index = index_folder(tmp_path / "hostile", inside=tmp_path)
    assert time.process_time() - began < 30
    (problem,) = index.problems
    assert not index.images
    assert "has a header without end" in problem.line() or "is not a DICOM file" in problem.line()
