"""Measured regions written back into files that other programs open, and that are measured the same again.

`export` finds what was measured, `markups` writes 3D Slicer's `.mrk.json`, `report` writes DICOM SR (TID 1500).
"""
