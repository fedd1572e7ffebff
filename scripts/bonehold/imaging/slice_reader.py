"""Decode the slices of a series that are asked for, each once."""

from __future__ import annotations

from functools import cached_property

from bonehold.imaging.dicom.pixels import SlicePixels, UnreadablePixels, philips_factors, read_slice
from bonehold.imaging.series import Series


class SliceReader:
    """Decodes the slices of a series that are asked for, each once; Philips slices on a common scale."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._seen: dict[int, SlicePixels] = {}

    @cached_property
    def _factors(self) -> tuple[float, ...] | None:
        return philips_factors(self._series.slices) if self._series.any_header.modality == "MR" else None

    @property
    def rescaled(self) -> bool:
        """Whether values were brought from display values to a common scale."""
        return self._factors is not None

    def __call__(self, index: int) -> SlicePixels:
        """The pixels of the slice with this index in the series.

        Raises:
            UnreadablePixels: they cannot be had, or do not compare with those of other slices.
        """
        if index not in self._seen:
            header = self._series.slices[index]
            if header.modality == "MR" and header.intercept not in (None, 0.0):
                raise UnreadablePixels("the MR has a RescaleIntercept that does not cancel in a ratio")
            pixels = read_slice(header)
            if self._factors is not None:
                pixels = SlicePixels(pixels.values * self._factors[index], pixels.padding)
            self._seen[index] = pixels
        return self._seen[index]
