"""The page of a sweep as its reader has it: opened from disk in a browser. Skipped where there is none."""

import dataclasses
import re
import shutil
from xml.etree import ElementTree

import pytest

from surveil.evaluate import froc
from surveil.evaluate.curve import curve
from surveil.evaluate.sweep_report import build_page, write_page
from tests.evaluate.test_sweep import GAP, night, points_of, said

HOSTILE = "</script><img src=x onerror=window.pwned=1>"


def found():
    points = points_of(f"{GAP}=600,1800")
    points[1] = dataclasses.replace(points[1], values={GAP: HOSTILE})
    few = [night([True, False], [said(), said(mmsi=2)]), night([True])]
    many = [night([True, True], [said(), *(said(mmsi=n) for n in (3, 4, 5))]), night([True], [said("right")])]
    none = [night([False, False]), night([False])]
    return froc.results(points, [few, many, none])


def test_the_same_results_give_the_same_page():
    assert build_page(found(), 1, 12) == build_page(found(), 1, 12)


def test_the_curve_is_well_formed_and_every_point_lies_where_it_belongs():
    drawn, svg = ElementTree.fromstring(curve(found(), chosen=1, baseline=0)), "{http://www.w3.org/2000/svg}"
    groups = drawn.findall(f"{svg}g")
    circles = {g.get("class"): g.find(f"{svg}circle") for g in groups}
    places = {kind: (float(circle.get("cx")), float(circle.get("cy"))) for kind, circle in circles.items()}
    assert len(groups) == 3
    assert places["chosen"][0] > places["baseline"][0] > places["point"][0]
    assert places["chosen"][1] < places["baseline"][1] < places["point"][1]
    assert [g.get("class") for g in groups] == ["point", "baseline", "chosen"], "the chosen one is on top"


def test_a_notebook_draws_the_curve_with_its_style():
    alone = ElementTree.fromstring(curve(found(), 1)._repr_svg_())
    assert "circle" in alone[0].text and alone[0].tag.endswith("style")


def test_a_sweep_without_a_false_alert_has_a_curve_too():
    points = points_of()
    assert "<svg" in curve(froc.results(points, [[night([True])]]), 0, 0)


@pytest.mark.browser
def test_two_points_are_compared_and_nothing_in_a_name_runs(tmp_path):
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium here")
    write_page(tmp_path / "report.html", found(), 1, 12)
    with api.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page, faults = browser.new_page(viewport={"width": 390, "height": 844}), []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto((tmp_path / "report.html").as_uri())
        counts = page.inner_text("#counts")
        assert counts == "boats: 1 gained, 0 lost; right alerts: 1 gained, 0 lost; false alerts: 3 gained, 1 lost."
        (row,) = page.locator("#boats tbody tr").all_inner_texts()
        assert row.split("\t") == ["gained", "B1", "inflatable", "1970-01-01 00:00", "night, seed 1"]
        page.select_option("#to", "2")
        assert "right alerts: 0 gained, 0 lost; false alerts: 0 gained, 2 lost" in page.inner_text("#counts")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert (page.locator("img").count(), page.evaluate("window.pwned")) == (0, None)
        browser.close()
    assert faults == []
    assert re.search("not a number|NaN|None", page_text(tmp_path / "report.html")) is None


def page_text(path) -> str:
    return re.sub(r"<script.*?</script>|<style.*?</style>", "", path.read_text("utf-8"), flags=re.S)
