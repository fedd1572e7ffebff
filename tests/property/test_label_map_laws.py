"""Label maps of any axis order, flip and turn lie where SimpleITK puts them."""

from __future__ import annotations

import itertools
import struct

import numpy as np
import pytest
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.shapes import Voxels
from hypothesis import given, settings
from hypothesis import strategies as st
from label_maps import itk_bytes, labelled, nifti, nrrd, read_map
from scipy.spatial.transform import Rotation

FLIPS = [
    np.eye(3)[list(order)] * np.array(signs)[:, None]
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1.0, -1.0), repeat=3)
]
ANGLES = st.floats(-180, 180)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 6)] * 3),
    flip=st.sampled_from(FLIPS),
    angles=st.tuples(ANGLES, ANGLES, ANGLES) | st.just((0.0, 0.0, 0.0)),
    spacing=st.tuples(*[st.floats(0.1, 5)] * 3),
    origin=st.tuples(*[st.floats(-500, 500)] * 3),
    name=st.sampled_from(["m.nrrd", "m.nii.gz", "m.nii"]),
    kind=st.sampled_from([np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64]),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_voxel_lies_where_simpleitk_puts_it(shape, flip, angles, spacing, origin, name, kind, seed):
    direction = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() @ flip
    if name != "m.nrrd" and np.linalg.det(direction) < 0:
        name = "m.nrrd"  # SimpleITK writes no left-handed NIfTI
    voxels = np.random.default_rng(seed).integers(0, 3, shape).astype(kind)
    image = labelled(voxels, origin=origin, spacing=spacing, direction=direction.ravel().tolist())
    drawings = read_map(name, itk_bytes(image, name))
    for label, drawing in zip((1, 2), drawings, strict=False):
        index = np.argwhere(voxels == label)
        if not len(index):
            assert drawing.shape is None
            continue
        expected = [image.TransformIndexToPhysicalPoint([int(i) for i in reversed(k)]) for k in index]
        assert isinstance(drawing.shape, Voxels)
        np.testing.assert_allclose(drawing.shape.centers, expected, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(drawing.shape.steps, axis=1), spacing, rtol=1e-5)


@settings(max_examples=200, deadline=None)
@given(flip=st.sampled_from(FLIPS), angles=st.tuples(ANGLES, ANGLES, ANGLES), far=st.integers(1, 500))
def test_a_qform_says_the_same_as_its_sform(flip, angles, far):
    """Within the rounding of the quaternion to 24 bits, which is why they are compared within half a voxel."""
    affine = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() @ flip
    handed = 1.0 if np.linalg.det(affine) > 0 else -1.0
    turn = Rotation.from_matrix(affine * np.array([1.0, 1.0, handed])).as_quat()
    b, c, d = turn[:3] * (1.0 if turn[3] >= 0 else -1.0)
    voxels = np.zeros((far, 1, 1), np.uint8)
    voxels[-1] = 1
    place = (3.0, -4.0, 5.0)
    sform = np.column_stack([affine, place])
    only_q = read_map("m.nii", nifti(voxels, qform=(b, c, d, *place), spacing=(handed, 1, 1, 1)))[0].shape
    both = read_map("m.nii", nifti(voxels, sform=sform, qform=(b, c, d, *place), spacing=(handed, 1, 1, 1)))[
        0
    ].shape
    assert isinstance(only_q, Voxels) and isinstance(both, Voxels)
    np.testing.assert_allclose(only_q.centers, both.centers, atol=5e-4 * far)
    np.testing.assert_allclose(both.centers[0], (sform @ [far - 1, 0, 0, 1]) * [-1, -1, 1], atol=1e-3)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_label_map_gives_regions_or_one_reason(data):
    whole = data.draw(
        st.sampled_from(
            [
                ("m.nii", nifti(np.ones((4, 3, 2), np.uint8), sform=np.eye(3, 4))),
                ("m.seg.nrrd", nrrd(bytes([1] * 24), "Segment0_Name:=L3_csf", encoding="raw")),
                ("m.nrrd", nrrd(bytes([1] * 24))),
            ]
        )
    )
    name, file = whole[0], bytearray(whole[1])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(file) - 1))
        value = data.draw(st.integers(0, 255) | st.sampled_from([0x30, 0x39, 0x2D, 0x0A]))
        file[at] = value
    cut = data.draw(st.integers(0, len(file)) | st.just(len(file)))
    try:
        drawings = read_map(name, bytes(file[:cut]))
    except UnreadableRoi as reason:
        assert "\n" not in str(reason)
    else:
        assert all(d.shape is not None or d.refused for d in drawings)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_byte_order_of_a_nifti_file_is_seen(order: str) -> None:
    little = nifti(np.arange(8, dtype="<u2").reshape(2, 2, 2), sform=np.eye(3, 4), kind=512)
    if order == "<":
        assert read_map("m.nii", little)[0].shape is not None
        return
    swapped = bytearray(little)
    for at, form in ((0, "i"), (40, "8h"), (70, "2h"), (76, "4f"), (108, "3f"), (252, "2h"), (280, "12f")):
        struct.pack_into(f">{form}", swapped, at, *struct.unpack_from(f"<{form}", little, at))
    swapped[352:] = np.frombuffer(little[352:], "<u2").astype(">u2").tobytes()
    shape = read_map("m.nii", bytes(swapped))[0].shape
    assert isinstance(shape, Voxels)
    np.testing.assert_allclose(shape.centers, read_map("m.nii", little)[0].shape.centers)  # type: ignore[union-attr]
