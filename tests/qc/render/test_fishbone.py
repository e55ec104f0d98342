from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc.render import fishbone
from qc.render.fishbone import Rib

SIX = ["People", "Machine", "Method", "Material", "Measurement", "Environment"]
ribs = st.lists(
    st.builds(Rib, st.integers(1, 99), st.text(max_size=80), st.sampled_from(["possible", "verified", "ruled_out"])),
    max_size=4,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=90), st.lists(ribs, min_size=6, max_size=6))
def test_everything_lies_inside_and_no_two_ribs_of_a_bone_share_a_place(effect: str, groups: list[list[Rib]]) -> None:
    drawing = fishbone.draw(effect, list(zip(SIX, groups, strict=True)))
    assert [bone.label for bone in drawing.bones] == SIX
    for bone, rows in zip(drawing.bones, groups, strict=True):
        assert [each.rib for each in bone.ribs] == rows
        heights = [each.y for each in bone.ribs]
        assert len(set(heights)) == len(heights)
        for each in bone.ribs:
            assert 0 <= each.x < each.to_x <= drawing.head_x
            assert 0 < min(height for height, _word in each.words) and each.y < drawing.height
            assert (each.y < drawing.spine) == (bone.y < drawing.spine), "a rib hangs on its side of the spine"


def test_a_long_cause_is_cut_with_an_ellipsis_and_a_long_title_too() -> None:
    drawing = fishbone.draw("word " * 60, [("Machine", [Rib(1, "word " * 60, "possible")])])
    words = drawing.bones[0].ribs[0].words
    assert len(words) == fishbone.LINES and words[-1][1].endswith("…")
    assert len(drawing.head) == fishbone.HEAD_LINES


def test_a_diagram_has_six_bones_at_most() -> None:
    with pytest.raises(ValueError, match="six bones"):
        fishbone.draw("x", [("a", [])] * 7)
