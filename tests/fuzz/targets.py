"""What is fuzzed: each reader as the program calls it, with the errors that the program expects of it.

A target takes a folder to work in and gives back a function from (files, random) to nothing. Whatever that function
raises is a finding.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import bonehold.configuration
import numpy as np
import yaml
from bonehold.cohort import cohort_file, cohort_tables, measuring_tables
from bonehold.cohort.patients import patient_folders
from bonehold.configuration import checked_configuration
from bonehold.files import json_bytes
from bonehold.imaging.annotations import read_annotations
from bonehold.imaging.binding import placed_regions
from bonehold.imaging.coverage import RegionRefused
from bonehold.imaging.dicom.folder import index_folder, read_headers
from bonehold.imaging.dicom.headers import DicomFile
from bonehold.imaging.dicom.pixels import UnreadablePixels, read_slice
from bonehold.imaging.dicom.tag_walker import Surprise, walk
from bonehold.imaging.patient import measured_shape
from bonehold.imaging.region_statistics import measure_region
from bonehold.imaging.roi_files import format_modules
from bonehold.imaging.series import Series, group_series
from bonehold.imaging.slice_reader import SliceReader
from bonehold.imaging.spinopelvic_readings import spinopelvic_document, spinopelvic_readings
from bonehold.problems import InputError, Problem
from corpus import (
    ROOT,
    cohort_seeds,
    configuration_seeds,
    dicom_seeds,
    landmark_seeds,
    roi_seeds,
    table_names,
)
from dicom import write_series
from dicom_regions import IMAGE, SERIES, SPACE
from mutations import mutated

Once = Callable[[Random], None]

PIXELS = np.arange(40 * 40).reshape(40, 40) % 500


@dataclass(frozen=True)
class Target:
    """A reader: its name, and how to make the function that feeds it one damaged input."""

    name: str
    prepare: Callable[[Path], Once]


def targets() -> list[Target]:
    """Every reader, sorted by kind; a format without a seed is one that nobody fuzzes, and stops everything."""
    seeds = roi_seeds()
    missing = [name for name in format_modules() if name not in seeds]
    if missing:
        raise SystemExit(
            f"no sound file to start from for {', '.join(missing)}: add one to tests/fuzz/corpus.py"
        )
    return [
        Target("dicom walker", _walker),
        Target("dicom headers", _headers),
        Target("dicom pixels", _pixels),
        *(
            Target(f"roi {name}", functools.partial(_regions, seeds=seeds[name], every=seeds))
            for name in format_modules()
        ),
        Target("landmarks", _landmarks),
        *(Target(f"table {name}", functools.partial(_tables, name=f"{name}.csv")) for name in table_names()),
        Target("cohort.yaml", functools.partial(_tables, name="cohort.yaml")),
        Target("config.yaml", _configuration),
    ]


def _dicom_file(folder: Path, random: Random, seeds: Sequence[bytes]) -> DicomFile:
    path = folder / "f"
    path.write_bytes(mutated(random.choice(seeds), random, seeds))
    return DicomFile(1, 1, "00000000", path, path.stat().st_size)


def _walker(folder: Path) -> Once:
    seeds = dicom_seeds()

    def once(random: Random) -> None:
        file = _dicom_file(folder, random, seeds)
        with contextlib.suppress(Surprise):
            walk(file.path, file.size)

    return once


def _headers(folder: Path) -> Once:
    seeds = dicom_seeds()

    def once(random: Random) -> None:
        found = read_headers(_dicom_file(folder, random, seeds))
        if isinstance(found, Problem):
            assert "\n" not in found.line()
        else:
            group_series(found)

    return once


def _pixels(folder: Path) -> Once:
    seeds = dicom_seeds()

    def once(random: Random) -> None:
        found = read_headers(_dicom_file(folder, random, seeds))
        for header in [] if isinstance(found, Problem) else found[:2]:
            with contextlib.suppress(UnreadablePixels):
                pixels = read_slice(header)
                assert pixels.values.shape == (header.rows, header.columns)

    return once


def _regions(
    folder: Path, seeds: Sequence[dict[str, bytes]], every: dict[str, list[dict[str, bytes]]]
) -> Once:
    """A reader's folder is read, and what was drawn is measured on a CT."""
    for k in range(6):
        own = {"SeriesInstanceUID": SERIES, "FrameOfReferenceUID": SPACE}
        own["SOPInstanceUID"] = IMAGE if k == 2 else f"2.25.{k + 1}"
        write_series(folder / "images", lambda _: 1000 + PIXELS, [(0, 0, 2.0 * k)], prefix=f"S{k}", **own)
    images = index_folder(folder / "images", inside=folder).images
    found = group_series(images)
    (ct,) = found
    read = SliceReader(ct)
    pieces = [data for sets in every.values() for files in sets for data in files.values()]
    (folder / "drawn" / "R1").mkdir(parents=True)

    def once(random: Random) -> None:
        place = folder / "drawn" / "R1"
        for old in place.iterdir():
            old.unlink()
        files = dict(random.choice(seeds))
        damaged = next(iter(files)) if random.random() < 0.7 else random.choice(list(files))
        files[damaged] = mutated(files[damaged], random, pieces)
        for name, data in files.items():
            (place / name).write_bytes(data)
        drawn = read_annotations(folder / "drawn", folder, "P1")
        assert all("\n" not in problem.line() for problem in drawn.problems)
        for region in placed_regions(drawn.regions, images)[:3]:
            _measure(region, ct, found, read)

    return once


def _landmarks(folder: Path) -> Once:
    seeds = landmark_seeds()
    place = folder / "R1" / "spinopelvic.mrk.json"
    place.parent.mkdir()

    def once(random: Random) -> None:
        place.write_bytes(mutated(random.choice(seeds), random, seeds))
        (reading,) = spinopelvic_readings(folder, folder, "P1", ())
        assert "\n" not in reading.reason
        assert bool(reading.reason) != bool(reading.angles)
        json_bytes(spinopelvic_document("P1", [reading]))

    return once


def _measure(region: Any, ct: Series, every: Sequence[Series], read: SliceReader) -> None:
    try:
        measured = measure_region(measured_shape(region, ct, every, 5.0), ct, read)
    except (RegionRefused, UnreadablePixels) as reason:
        assert str(reason)
        return
    assert np.isfinite(measured.statistics.mean)


def _tables(folder: Path, name: str) -> Once:
    seeds = cohort_seeds()
    own = [data for key, data in seeds.items() if key.split()[-1] == name]
    for key, data in seeds.items():
        (folder / key.split()[-1]).write_bytes(data)
    _read_schemas_once()
    of_tables = (patient_folders, cohort_tables.read_cohort_tables, measuring_tables.read_measuring_tables)
    readers: tuple[Callable[[Path], Any], ...] = (
        (cohort_file.read_cohort_file,) if name == "cohort.yaml" else of_tables
    )

    def once(random: Random) -> None:
        (folder / name).write_bytes(mutated(random.choice(own), random, list(seeds.values())))
        for read in readers:
            try:
                read(folder)
            except InputError as error:
                assert error.problems and all("\n" not in problem.line() for problem in error.problems)

    return once


def _read_schemas_once() -> None:
    """Schemas are not what is fuzzed, and reading them takes longer than all the rest."""
    cached = functools.cache(cohort_tables.load_table_schema)
    cohort_tables.load_table_schema = measuring_tables.load_table_schema = cached
    cohort_file.load_schema = functools.cache(cohort_file.load_schema)


def _configuration(folder: Path) -> Once:
    seeds = configuration_seeds()
    schema_file = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    schema = json.loads(json.dumps(yaml.safe_load(schema_file.read_text()), default=str))

    class OneSchema:
        safe_load = staticmethod(lambda text: schema)

    bonehold.configuration.yaml = OneSchema

    def once(random: Random) -> None:
        try:
            given = yaml.load(mutated(random.choice(seeds), random, seeds), Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
            return  # Snakemake reads the file, and tells of this
        if isinstance(given, dict):
            with contextlib.suppress(InputError):
                checked_configuration(given, schema_file)

    return once
