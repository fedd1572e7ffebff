"""Hostile drawings: each is one line, soon, and in little memory."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bonehold.imaging.annotations import read_annotations
from dicom import markup, points
from label_maps import nifti, nrrd
from scenes import element, markup_node, markups_json, mrml

ROOT = Path(__file__).resolve().parents[3]
LINE = markup("Line", controlPoints=points((0, 0, 0), (9, 0, 0)))
TABLE = b'{"1": "L3_csf"}'
LAUGHS = '<!DOCTYPE m [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
)


def zeros(count: int) -> bytes:
    """Gzipped zeros: a two-hundredth of their size."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as stream:
        for _ in range(count // 2**20):
            stream.write(bytes(2**20))
    return packed.getvalue()


def gzip_bomb() -> bytes:
    """128 MB of voxels, and four times as much behind them, in less than 3 MB."""
    header = nifti(np.zeros(1, np.uint8), sform=np.eye(3, 4), sizes=(1024, 1024, 64), kind=512)
    return gzip.compress(header[:352]) + zeros(5 * 2**27)


def claims() -> dict[str, bytes]:
    huge = {"sizes": "4096 4096 4096", "type": "uint8"}
    return {
        "huge.nrrd": nrrd(b"", **huge),
        "huge4.nrrd": nrrd(
            b"",
            "Segment0_Name:=L3_csf",
            dimension="4",
            sizes="999999999 999999999 999999999 999999999",
            space_directions="none (1,0,0) (0,1,0) (0,0,1)",
        ),
        "huge.nii": nifti(np.zeros(1, np.uint8), sform=np.eye(3, 4), sizes=(32767, 32767, 32767)),
        "far.nii": nifti(np.zeros(1, np.uint8), sform=np.eye(3, 4)).replace(
            np.float32(352).tobytes(), np.float32(2e9).tobytes()
        ),
        "short.nii.gz": gzip.compress(
            nifti(np.zeros(1, np.uint8), sform=np.eye(3, 4), sizes=(1024, 1024, 256))
        ),
        "cut.nii.gz": gzip.compress(nifti(np.ones((64, 64, 64), np.uint8), sform=np.eye(3, 4)))[:-40],
        "line.nrrd": b"NRRD0005\n" + b"x" * 30_000_000,
    }


def zip_with(change: str) -> bytes:
    """A scene with one unsafe member."""
    scene = mrml(markup_node("L3_csf.mrk.json"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("s/s.mrml", scene)
        info = zipfile.ZipInfo("s/L3_csf.mrk.json")
        if change == "link":
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
        elif change == "ratio":
            archive.writestr("s/zeros.raw", bytes(200_000_000), compresslevel=9)
        elif change == "nameless":
            info.filename = ""
            archive.writestr(info, markups_json(LINE))
        elif change == "nested":
            archive.writestr("s/inner.mrb", packed.getvalue())
            archive.writestr("s/L3_csf.mrk.json", b"{")
        else:
            info.filename = change
            archive.writestr(info, markups_json(LINE))
    data = packed.getvalue()
    return (
        data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
        if change == "encrypted"
        else data
    )


CLAIMED = ("huge.nrrd", "huge4.nrrd", "huge.nii", "far.nii", "short.nii.gz", "cut.nii.gz", "line.nrrd")
ATTACKS: dict[str, Callable[[], dict[str, bytes]]] = {
    **{name: lambda name=name: {name: claims()[name]} for name in CLAIMED},
    "detached": lambda: {"m.nhdr": nrrd(b"", "data file: ../../secret.raw", encoding="raw")},
    "laughs": lambda: {"s.mrml": mrml(element("Volume", "&j;"), head=f"{LAUGHS}]>\n")},
    "external": lambda: {"s.mrml": mrml(head='<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n')},
    "deep xml": lambda: {"s.mrml": b"<MRML>" + b"<a>" * 2_000_000},
    "many nodes": lambda: {"s.mrml": mrml(*(element("Volume", f"v{i}") for i in range(30_000)))},
    "large json": lambda: {"L3_csf.mrk.json": json.dumps({"markups": [LINE] * 200_000}).encode()},
    "deep json": lambda: {"L3_csf.mrk.json": b'{"markups": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"},
    "nan": lambda: {"L3_csf.mrk.json": markups_json(LINE).replace(b"9.0", b"NaN")},
    "huge number": lambda: {"L3_csf.mrk.json": markups_json(LINE).replace(b"9.0", b"9" * 5000)},
    "large table": lambda: {
        "m.nrrd": nrrd(bytes(24)),
        "labels.json": json.dumps({str(i): "x" for i in range(99_999)}).encode(),
    },
    **{
        f"zip {change}": lambda change=change: {"s.mrb": zip_with(change)}
        for change in (
            "../L3_csf.mrk.json",
            "/L3_csf.mrk.json",
            "C:/L3_csf.mrk.json",
            "a\\..\\b",
            "s//x",
            "link",
            "ratio",
            "encrypted",
            "nested",
            "nameless",
        )
    },
    "zip of nothing": lambda: {"s.mrb": b"PK\5\6" + bytes(18)},
    "zip that claims": lambda: {"s.mrb": b"PK\5\6" + b"\xff" * 18},
    "zip of noise": lambda: {"s.mrb": bytes(range(256)) * 300},
    "hdf5 in a scene": lambda: {
        "s.mrml": mrml(
            element("TransformStorage", "S", fileName="T.h5"),
            element("LinearTransform", "T", storageNodeRef="S"),
            markup_node("L3_csf.mrk.json", transform="T"),
        ),
        "L3_csf.mrk.json": markups_json(LINE),
        "T.h5": b"\x89HDF\r\n\x1a\n" + b"\xff" * 3000,
    },
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_one_line_and_no_region(attack: str, tmp_path: Path) -> None:
    files = {"labels.json": TABLE} | ATTACKS[attack]()
    (tmp_path / "R1").mkdir()
    for name, data in files.items():
        (tmp_path / "R1" / name).write_bytes(data)
    started = time.monotonic()
    found = read_annotations(tmp_path, tmp_path, "P1")
    assert time.monotonic() - started < 20
    assert found.regions == ()
    lines = [problem.line() for problem in found.problems]
    assert len(lines) == 1 and "\n" not in lines[0]
    assert "passwd" not in lines[0] and "secret" not in lines[0]


READ = """
import resource, sys
from pathlib import Path
import numpy
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from bonehold.imaging.annotations import read_annotations
found = read_annotations(Path(sys.argv[1]), Path(sys.argv[1]), "P1")
print(len(found.regions), len(found.problems))
"""


def read_in(memory: int, folder: Path) -> tuple[int, int]:
    """Numbers of regions and problems of a folder, read by a process that may hold so many bytes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", READ, str(folder), str(memory)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    regions, problems = done.stdout.split()
    return int(regions), int(problems)


def test_a_gzip_bomb_and_huge_claims_take_no_memory(tmp_path: Path) -> None:
    (tmp_path / "R1").mkdir()
    (tmp_path / "R1" / "labels.json").write_bytes(TABLE)
    (tmp_path / "R1" / "bomb.nii.gz").write_bytes(gzip_bomb())
    for name, data in claims().items():
        (tmp_path / "R1" / name).write_bytes(data)
    assert read_in(2**29, tmp_path) == (1, len(claims()))  # the bomb is a map without voxels


def test_regions_of_many_voxels_stay_below_a_gigabyte(tmp_path: Path) -> None:
    """Four labels of 1.9 million voxels each, nearly the most that is kept."""
    (tmp_path / "R1").mkdir()
    names = ["L1_csf", "L2_csf", "L3_csf", "L4_csf"]
    (tmp_path / "R1" / "labels.json").write_text(json.dumps({str(i + 1): n for i, n in enumerate(names)}))
    values = np.repeat(np.arange(1, 5, dtype=np.uint8), 1_900_000)
    (tmp_path / "R1" / "m.nrrd").write_bytes(nrrd(values.tobytes(), sizes=f"{values.size} 1 1"))
    assert read_in(2**30, tmp_path) == (4, 0)


def test_the_memory_bound_is_real() -> None:
    """The limit that the tests above rely on is one that this system keeps."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29)); bytearray(2**29)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr
