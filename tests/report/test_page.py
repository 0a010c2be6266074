"""The page as a file: complete in itself, safe against its own data, written whole or not at all."""

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveil.errors import StoreError
from surveil.report import write_report
from surveil.report.encode import encode_segment, encode_track, payload_json, script_safe_json
from surveil.report.page import build_page
from tests.report.scene import HOSTILE_NAME, T0_MS, bare, track, watch


class _Outline(HTMLParser):
    """Elements in order, their attributes, and the text of each script and style."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.inside = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        self.inside = True

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.texts[-1] += data

    def text_of(self, tag: str, **attributes) -> str:
        wanted = attributes.items()
        return next(
            text
            for (name, attrs), text in zip(self.elements, self.texts, strict=True)
            if name == tag and wanted <= attrs.items()
        )


@pytest.fixture(scope="module")
def page() -> str:
    return build_page(watch())


@pytest.fixture(scope="module")
def outline(page) -> _Outline:
    return _Outline(page)


def _data_in(outline: _Outline) -> dict:
    return json.loads(outline.text_of("script", id="data"))


def test_no_element_refers_to_anything_outside_the_file(outline):
    references = [
        v for _, attrs in outline.elements for k, v in attrs.items() if k in {"src", "href", "srcset", "action", "data"}
    ]
    assert references == ["data:,"]
    style = outline.text_of("style")
    assert "url(" not in style and "@import" not in style


def test_the_content_policy_allows_no_host_at_all(outline):
    policy = next(
        attrs["content"] for _, attrs in outline.elements if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    sources = {source for text in rules.values() for source in text.split()}
    assert {s for s in sources if not s.startswith("'sha256-")} == {"'none'", "blob:", "data:"}


def test_the_content_policy_names_exactly_the_script_and_style_of_the_page(page, outline):
    for text in (outline.texts[-1], outline.text_of("style")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page


def test_a_ship_named_like_markup_adds_no_element(page, outline):
    harmless = build_page({**watch(), "tracks": [{**t, "name": "X"} for t in watch()["tracks"]]})
    assert [tag for tag, _ in outline.elements] == [tag for tag, _ in _Outline(harmless).elements]
    assert HOSTILE_NAME in {t["name"] for t in _data_in(outline)["tracks"]}
    assert "<img" not in page


def test_a_title_like_markup_is_text(outline):
    hostile = _Outline(build_page(bare(title="</title><script>alert(1)</script>$data")))
    assert hostile.text_of("title") == "</title><script>alert(1)</script>$data"
    assert len(hostile.elements) == len(outline.elements)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_script_safe_json_reads_back_and_holds_no_markup_character(value):
    text = script_safe_json(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029]", text)


def test_alerts_summary_and_places_come_back_unchanged(outline):
    given_data, found = watch(), _data_in(outline)
    for key in ("alerts", "summary", "places", "sources", "span", "title", "simulated"):
        assert found[key] == given_data[key]


def test_tracks_come_back_exact_in_time_and_within_half_a_step_in_place(outline):
    for given_track, found in zip(watch()["tracks"], _data_in(outline)["tracks"], strict=True):
        for segment, code in zip(given_track["segments"], found["segments"], strict=True):
            np.testing.assert_array_equal(np.cumsum(code["t"]), segment["t_ms"])
            np.testing.assert_allclose(np.cumsum(code["x"]) / 1e5, segment["lon"], atol=0.51e-5)
            np.testing.assert_allclose(np.cumsum(code["y"]) / 1e5, segment["lat"], atol=0.51e-5)
            np.testing.assert_allclose(np.array(code["v"]) / 10, segment["sog_kn"], atol=0.051)


def test_missing_numbers_are_null_not_nan():
    segment = {
        "t_ms": [1, 2],
        "lon": [1.0, 1.1],
        "lat": [51.0, 51.0],
        "sog_kn": [np.nan, 4.16],
        "cog_deg": [None, 359.96],
    }
    code = encode_segment(segment)
    assert (code["v"], code["c"]) == ([None, 42], [None, 3600])
    alert = {**watch()["alerts"][0], "lon": np.float64("nan"), "risk_to_life": np.float32(0.5)}
    found = json.loads(payload_json(bare(alerts=[alert])))["alerts"][0]
    assert (found["lon"], found["risk_to_life"]) == (None, 0.5)


def test_a_track_over_the_antimeridian_is_cut_there():
    passing = track(1, [179.9, 179.99, -179.99, -179.9], [0.0] * 4, [0, 1, 2, 3])
    assert [np.cumsum(s["t"]).tolist() for s in encode_track(passing)["segments"]] == [[0, 1], [2, 3]]


def test_coordinates_of_areas_are_rounded_and_features_without_geometry_left_out():
    ring = [[1.123456789, 51.0], [2.0, 51.0], [2.0, 52.0], [1.123456789, 51.0]]
    features = [
        {
            "type": "Feature",
            "properties": {"kind": "lane"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        },
        {"type": "Feature", "properties": {"kind": "lane"}, "geometry": None},
    ]
    found = json.loads(payload_json(bare(areas={"type": "FeatureCollection", "features": features})))["areas"][
        "features"
    ]
    assert [f["geometry"]["coordinates"][0][0] for f in found] == [[1.12346, 51.0]]


@pytest.mark.parametrize("data", [{}, bare(), bare(tracks=[{**track(1, [], [], []), "segments": []}], span=None)])
def test_a_run_with_nothing_in_it_still_gives_a_page(data):
    assert _data_in(_Outline(build_page(data)))["alerts"] == []


def test_the_same_data_gives_the_same_page(page):
    assert build_page(watch()) == page


def test_attribution_licence_and_warning_are_on_the_page(page):
    for text in (
        "© OpenStreetMap contributors, ODbL",
        "Not for navigation",
        "Copyright (c) 2023, MapLibre contributors",
    ):
        assert text in page


def test_an_earlier_report_survives_a_write_that_fails(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_report(path, bare())
    earlier = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(StoreError, match=r"report\.html: the report cannot be written: No space left"):
        write_report(path, watch())
    assert path.read_bytes() == earlier
    assert os.listdir(tmp_path) == ["report.html"]


def test_the_report_is_readable_by_whom_the_umask_says(tmp_path):
    path = tmp_path / "new" / "report.html"
    write_report(path, bare(span=[T0_MS, T0_MS + 1]))
    plain_file = tmp_path / "plain"
    plain_file.touch()
    assert path.stat().st_mode == plain_file.stat().st_mode
