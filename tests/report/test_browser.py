"""The page as a watch officer has it: opened from disk in a browser. Skipped where there is none."""

import shutil
from contextlib import contextmanager

import pytest

from surveil.report import write_report
from tests.report.scene import HOSTILE_NAME, T0_MS, bare, track, watch

pytestmark = pytest.mark.browser
_SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_NO_GL = ["--disable-gpu", "--disable-3d-apis"]
_COMMON = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
_ALERT = "small_craft_crossing"


@pytest.fixture(scope="module")
def playwright():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium found")
    return path


@pytest.fixture(scope="module", params=[_SOFTWARE_GL, _NO_GL], ids=["webgl", "no-webgl"])
def any_browser(request, playwright, chromium):
    browser = playwright.chromium.launch(executable_path=chromium, args=_COMMON + request.param)
    yield browser, ("gl" if request.param is _SOFTWARE_GL else "canvas")
    browser.close()


@pytest.fixture(scope="module")
def browser(playwright, chromium):
    running = playwright.chromium.launch(executable_path=chromium, args=_COMMON + _NO_GL)
    yield running
    running.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, watch())
    return path


@contextmanager
def opened(browser, path, route="#/", size=(1280, 800)):
    """A page that has drawn its map; fails on any script error or request that leaves the file."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(("file:", "blob:", "data:")) else faults.append(asked.url),
    )
    page.goto(path.as_uri() + route)
    page.wait_for_selector("html[data-map]" if "alert/" not in route else "#alert-page h1")
    yield page
    page.close()
    assert faults == []


def first_id(rule: str) -> str:
    return next(alert["id"] for alert in watch()["alerts"] if alert["rule"] == rule)


def test_the_page_opens_with_the_map_the_browser_can_draw(any_browser, report):
    browser, kind = any_browser
    with opened(browser, report) as page:
        assert page.get_attribute("html", "data-map") == kind
        assert page.locator(".degraded").count() == (kind == "canvas")


def test_alerts_are_listed_by_risk_to_life(browser, report):
    with opened(browser, report) as page:
        shown = page.locator(".alerts tbody tr").evaluate_all("rows => rows.map(r => r.dataset.id)")
    by_risk = sorted(watch()["alerts"], key=lambda alert: -alert["risk_to_life"])
    assert shown == [alert["id"] for alert in by_risk]


def test_an_alert_opens_from_the_keyboard_and_back_returns_to_the_same_view(browser, report):
    with opened(browser, report, "#/?severity=high") as page:
        page.locator(".alerts tbody a").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("#alert-page h1")
        assert "has entered the NE lane" in page.inner_text("#alert-page h1")
        page.go_back()
        page.wait_for_selector("#watch:visible")
        assert page.locator(".alerts tbody tr").count() == 2


def test_an_alert_page_shows_evidence_input_history_and_false_alarms(browser, report):
    with opened(browser, report, f"#/alert/{first_id(_ALERT)}") as page:
        text = page.inner_text("#alert-page")
    for part in (
        "COLREG rule 10(j)",
        "demo/night.nmea:10423",
        "!AIVDM,1,1,,B",
        "still so after",
        "Sailing yachts",
    ):
        assert part in text


def test_an_unknown_alert_says_so(browser, report):
    with opened(browser, report, "#/alert/nowhere") as page:
        assert "No alert of that id" in page.inner_text("#alert-page")


def test_words_narrow_the_list(browser, report):
    with opened(browser, report) as page:
        page.get_by_label("Search alerts").fill("not been heard")
        assert page.locator(".alerts tbody tr").count() == 1
        page.get_by_label("Search alerts").fill("no such words")
        assert "No alert matches" in page.inner_text(".alerts tbody")


def test_playing_moves_the_clock_and_draws(browser, report):
    with opened(browser, report, f"#/?t={T0_MS}&speed=900") as page:
        before, drawn = page.inner_text(".utc"), page.evaluate("surveilReport.frames()")
        page.get_by_role("button", name="Play").click()
        page.wait_for_selector(f".utc:not(:has-text('{before.split()[0]}'))")
        page.get_by_role("button", name="Pause").click()
        assert page.evaluate("surveilReport.frames()") > drawn


def test_a_vessel_named_like_markup_is_inert(browser, report):
    mmsi = next(t["mmsi"] for t in watch()["tracks"] if t["name"] == HOSTILE_NAME)
    with opened(browser, report, f"#/?vessel={mmsi}") as page:
        assert HOSTILE_NAME in page.inner_text(".panel.vessel")
        assert f"changed its name: {HOSTILE_NAME} to HELENE ORCA" in page.inner_text(".panel.vessel .links:last-child")
        assert page.locator("img").count() == 0
        assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_is_said_if_and_only_if_it_is(browser, tmp_path, simulated):
    write_report(tmp_path / "r.html", bare(simulated=simulated))
    with opened(browser, tmp_path / "r.html") as page:
        assert page.locator("#banner").is_visible() is simulated


def test_nothing_is_wider_than_a_telephone(browser, report):
    for route in ("#/", f"#/alert/{first_id(_ALERT)}"):
        with opened(browser, report, route, size=(390, 844)) as page:
            assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_tracks_elsewhere_in_the_world_are_shown_and_the_missing_coast_is_said(browser, tmp_path):
    gulf = track(367000001, [-89.6, -89.4, -89.2], [28.9, 29.0, 29.2], [T0_MS, T0_MS + 60_000, T0_MS + 120_000])
    data = bare(tracks=[gulf], span=None, land=watch()["land"], areas=watch()["areas"])
    write_report(tmp_path / "r.html", data)
    with opened(browser, tmp_path / "r.html") as page:
        page.wait_for_selector(".nocoast:has-text('No coastline data here')")
        page.mouse.move(300, 300)
        assert "W" in page.inner_text(".cursor")


def test_printing_puts_a_still_map_on_the_paper(browser, report):
    with opened(browser, report) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#map > img.printed").count() == 1


def test_reception_is_a_layer_that_can_be_switched_on_and_says_what_was_heard(any_browser, tmp_path):
    cells = {"cell_deg": 0.5, "x": [362], "y": [281], "heard": [[30, 5, 0]], "expected": [[40, 50, 0]]}
    ship = track(235000001, [1.1, 1.4], [50.6, 50.9], [T0_MS, T0_MS + 60_000])
    write_report(tmp_path / "r.html", bare(tracks=[ship], span=None, reception=cells))
    with opened(any_browser[0], tmp_path / "r.html", "#/?at=1.25,50.75,9") as page:
        page.mouse.move(400, 300)
        assert "heard" not in page.inner_text(".cursor")
        page.locator("summary", has_text="Layers").click()
        page.get_by_label("Reception, as learned").check()
        page.mouse.move(401, 301)
        assert "heard of reports due: class A 75 % of 40; class B 10 % of 50" in page.inner_text(".cursor")
        page.locator("summary", has_text="Legend").click()
        assert "Heard: 20 to 40" in page.inner_text(".legend")
