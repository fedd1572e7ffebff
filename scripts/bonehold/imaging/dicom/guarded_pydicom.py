"""What is used of pydicom, imported after gdcm (`gdcm_guard`), whose own import pydicom would fail with."""

# isort: off
import bonehold.imaging.dicom.gdcm_guard  # noqa: F401  # before pydicom

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import iter_pixels, pixel_array

__all__ = [
    "Dataset",
    "FileMetaDataset",
    "apply_modality_lut",
    "iter_pixels",
    "pixel_array",
    "pydicom",
]
