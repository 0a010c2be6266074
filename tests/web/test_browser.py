"""The console as a watch officer has it, in a browser; waits on what the page says of itself.

Skipped where there is none.
"""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from surveil.areas import load_areas
from tests.web.stub import HOSTILE, StubWatch, alert, served, targets

pytestmark = pytest.mark.browser
AREAS = load_areas()
_FLAGS = [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
]
_AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def chromium():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium found")
    with api.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch(tmp_path):
    return StubWatch(tmp_path, [alert(), alert("bbbbbbbbbbbb", 0.9, "distress", "Mayday")], AREAS)


@contextmanager
def opened(chromium, console, fragment="", size=(1280, 800), **more):
    """A page that is ready; fails on any script error, or request that leaves the machine."""
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]}, **more)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((console.url, "blob:", "data:")) else faults.append(asked.url),
    )
    page.goto(console.url + fragment)
    page.wait_for_selector('html[data-ready="1"][data-targets="3"]')
    yield page
    page.close()
    assert faults == []


def name_me(page, who="Reed"):
    page.evaluate(f"localStorage.setItem('surveil-name', '{who}')")


def test_what_is_acknowledged_on_one_desk_shows_on_another(chromium, watch):
    with served(watch) as console, opened(chromium, console) as one, opened(chromium, console) as two:
        assert one.get_attribute("html", "data-map") == "gl"
        name_me(one)
        one.keyboard.press("j")
        one.wait_for_selector('#detail [data-act="acknowledge"]')
        one.keyboard.press("a")
        two.wait_for_selector('#list [data-id="bbbbbbbbbbbb"].acknowledged')
        assert watch.snapshot().alerts["bbbbbbbbbbbb"].history[-1].by == "Reed"


def test_an_alert_appears_where_its_risk_puts_it_and_text_is_never_run(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        watch.show(alerts=watch.snapshot().alerts | {"cccccccccccc": alert("cccccccccccc", 0.95, "distress", HOSTILE)})
        page.wait_for_selector('html[data-alerts="3"]')
        first = page.locator("#list li").first
        assert first.get_attribute("data-id") == "cccccccccccc" and HOSTILE in first.inner_text()
        assert page.locator("#list img").count() == 0


def test_all_that_is_done_by_hand_is_asked_for_and_done_by_keys_alone(chromium, watch):
    with served(watch) as console, opened(chromium, console, "#alert=aaaaaaaaaaaa") as page:
        page.wait_for_selector('#detail [data-act="close"]')
        page.keyboard.press("c")
        page.wait_for_selector("#dialog[open]")
        for field, text in (("by", "Reed"), ("why", "a buoy")):
            page.locator(f'#dialog [name="{field}"]').fill(text)
        page.keyboard.press("Enter")
        page.wait_for_selector('html[data-acts="1"]')
        page.wait_for_selector('#list [data-id="aaaaaaaaaaaa"]', state="detached")
        page.keyboard.press("?")
        assert "Hand-over" in page.locator("#dialog").inner_text()


def test_search_finds_by_name_mmsi_and_call_sign(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        for text in ("trader", "235012", "MABC1"):
            page.keyboard.press("/")
            page.locator("#query").fill(text)
            page.keyboard.press("Enter")
            page.wait_for_selector("#target:not([hidden])")
            assert "SIM TRADER" in page.locator("#target").inner_text()
            page.keyboard.press("Escape")
            page.wait_for_selector("#target", state="hidden")


def test_filters_are_in_the_address_and_open_the_same_elsewhere(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        page.keyboard.press("f")
        page.locator("#filters").get_by_label("cargo").check()
        page.wait_for_selector('html[data-shown="1"]')
        fragment = "#" + page.url.split("#")[1]
        with opened(chromium, console, fragment) as other:
            other.wait_for_selector('html[data-shown="1"]')


def test_three_themes_two_languages_and_they_are_in_the_address(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        seen = []
        for _ in range(3):
            page.keyboard.press("t")
            seen.append(page.get_attribute("html", "data-theme"))
        assert sorted(seen) == ["day", "dusk", "night"]
        page.keyboard.press("l")
        assert page.locator("#alerts h2").inner_text().startswith("Alertes")
        assert "lang=fr" in page.url


def test_the_past_says_that_it_is_not_live_and_cannot_be_acted_upon(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        page.keyboard.press("p")
        page.wait_for_selector("#banners .past")
        assert "NOT LIVE" in page.locator("#banners .past").inner_text()
        assert page.locator("#list li[data-id]").count() == 0
        page.keyboard.press("Escape")
        page.wait_for_selector("#banners .past", state="detached")
        page.wait_for_selector("#list li[data-id]")


def test_a_stale_picture_says_so_in_red_within_five_seconds(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        watch.show()
        page.wait_for_selector("#banners .stale", timeout=6500)
        assert (
            page.locator("#banners .stale").evaluate("n => getComputedStyle(n).backgroundColor") == "rgb(193, 40, 31)"
        )
        watch.show()
        page.wait_for_selector("#banners .stale", state="detached")


def test_a_phone_shows_everything_without_scrolling_sideways(chromium, watch):
    with served(watch) as console, opened(chromium, console, size=(390, 844)) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#list button").first.click()
        page.wait_for_selector('#detail [data-act="acknowledge"]')
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_simulated_is_said_and_a_contact_is_named(chromium, watch):
    with served(watch) as console, opened(chromium, console, "#target=-7") as page:
        assert "SIMULATED" in page.locator("#banners").inner_text()
        assert "Contact without AIS" in page.locator("#target").inner_text()
        watch.show(targets=targets(version=[2, 2, 2]).take([0]))
        page.wait_for_selector('html[data-targets="1"]')


def test_measuring_gives_miles_bearing_and_time(chromium, watch):
    with served(watch) as console, opened(chromium, console) as page:
        page.keyboard.press("m")
        for x, y in ((300, 400), (500, 400)):
            page.mouse.click(x, y)
        text = page.locator("#length").inner_text()
        assert (" nm 0" in text and "min" in text) or " h " in text


@pytest.mark.parametrize("theme", ["day", "dusk", "night"])
def test_axe_finds_nothing_serious(chromium, watch, theme):
    if not _AXE.exists():
        pytest.skip("axe-core is not in node_modules")
    with (
        served(watch) as console,
        opened(chromium, console, f"#theme={theme}&alert=aaaaaaaaaaaa&open=filters", bypass_csp=True) as page,
    ):
        page.wait_for_selector('#detail [data-act="close"]')
        page.evaluate(_AXE.read_text("utf-8"))
        found = page.evaluate("axe.run()")["violations"]
        grave = [
            (v["id"], [n["html"][:150] for n in v["nodes"]][:3])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert grave == []
