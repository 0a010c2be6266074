"""The console as a watch officer has it, in a browser; waits on what the page says of itself.

Skipped where there is none.
"""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from surveil.areas import load_areas
from surveil.web.accounts import Accounts
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
PATIENCE_MS = 90_000
"""Software draws the chart: on a machine that is busy with other things, a page is slow."""
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


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    """One server for all tests: the console of a watch whose picture tests make."""
    watch = StubWatch(
        tmp_path_factory.mktemp("watch"), [alert(), alert("bbbbbbbbbbbb", 0.9, "distress", "Mayday")], AREAS
    )
    with served(watch) as console:
        console.watch = watch
        yield console


@pytest.fixture
def watch(console):
    console.watch.reset()
    return console.watch


@contextmanager
def opened(chromium, url, fragment="", size=(900, 640), targets=3, **more):
    """A page that is ready; fails on any script error, or request that leaves the machine."""
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]}, **more)
    page.set_default_timeout(PATIENCE_MS)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((url, "blob:", "data:")) else faults.append(asked.url),
    )
    page.goto(url + fragment)
    page.wait_for_selector(f'html[data-ready="1"][data-targets="{targets}"]')
    yield page
    page.close()
    assert faults == []


_COLOURS = """() => {
  const c = document.getElementById("mini");
  return new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size;
}"""


def name_me(page, who="Reed"):
    page.evaluate(f"localStorage.setItem('surveil-name', '{who}')")


def test_alerts_come_by_risk_and_what_one_desk_acknowledges_another_sees(chromium, console, watch):
    """And text from the air is shown, never run."""
    with opened(chromium, console.url) as one, opened(chromium, console.url) as two:
        assert one.get_attribute("html", "data-map") == "gl"
        watch.show(alerts=watch.snapshot().alerts | {"cccccccccccc": alert("cccccccccccc", 0.95, "distress", HOSTILE)})
        one.wait_for_selector('html[data-alerts="3"]')
        first = one.locator("#list li").first
        assert first.get_attribute("data-id") == "cccccccccccc" and HOSTILE in first.inner_text()
        assert one.locator("#list img").count() == 0
        name_me(one)
        one.keyboard.press("j")
        one.wait_for_selector('#detail [data-act="acknowledge"]')
        one.keyboard.press("a")
        two.wait_for_selector('#list [data-id="cccccccccccc"].acknowledged')
        assert watch.snapshot().alerts["cccccccccccc"].history[-1].by == "Reed"


def test_all_that_is_done_by_hand_is_done_by_keys_alone(chromium, console, watch):
    """Close with a reason, help, search by name, MMSI and call sign, measure, themes, language."""
    with opened(chromium, console.url, "#alert=aaaaaaaaaaaa") as page:
        page.wait_for_selector('#detail [data-act="close"]')
        page.keyboard.press("c")
        page.wait_for_selector("#dialog[open]")
        for field, text in (("by", "Reed"), ("why", "a buoy")):
            page.locator(f'#dialog [name="{field}"]').fill(text)
        page.keyboard.press("Enter")
        page.wait_for_selector('html[data-acts="1"]')
        page.keyboard.press("u")
        page.locator("#audit td").get_by_text("a buoy").wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert "Hand-over" in page.locator("#dialog").inner_text()
        page.keyboard.press("Escape")
        for text in ("trader", "235012", "MABC1"):
            page.keyboard.press("/")
            page.locator("#query").fill(text)
            page.keyboard.press("Enter")
            page.wait_for_selector("#target:not([hidden])")
            assert "SIM TRADER" in page.locator("#target").inner_text()
            page.keyboard.press("Escape")
            page.wait_for_selector("#target", state="hidden")
        page.wait_for_selector('#list [data-id="aaaaaaaaaaaa"]', state="detached")
        page.keyboard.press("m")
        for x, y in ((300, 400), (500, 400)):
            page.mouse.click(x, y)
        measured = page.locator("#length").inner_text()
        assert (" nm 0" in measured and "min" in measured) or " h " in measured
        seen = [page.get_attribute("html", "data-theme") for _ in range(3) if page.keyboard.press("t") is None]
        assert sorted(seen) == ["day", "dusk", "night"]
        page.keyboard.press("l")
        page.wait_for_selector('html[lang="fr"]')
        assert page.locator("#alerts h2").inner_text().startswith("Alertes")
        assert "lang=fr" in page.url


def test_filters_are_in_the_address_and_open_the_same_elsewhere(chromium, console, watch):
    with opened(chromium, console.url) as page:
        page.keyboard.press("f")
        page.locator("#filters").get_by_label("cargo").check()
        page.wait_for_selector('html[data-shown="1"]')
        with opened(chromium, console.url, "#" + page.url.split("#")[1]) as other:
            other.wait_for_selector('html[data-shown="1"]')


def test_depth_of_reception_is_a_layer(chromium, console, watch):
    with opened(chromium, console.url, "#open=layers") as page:
        page.get_by_label("Depth of reception").check()
        page.wait_for_selector('html[data-reception="1"]')
        assert "off=trails" in page.url


def test_a_box_selects_what_is_exported(chromium, console, watch):
    with opened(chromium, console.url, "#lon=1.5&lat=51.02&z=10") as page:
        map_ = page.locator("#map").bounding_box()
        page.keyboard.down("Shift")
        page.mouse.move(map_["x"] + 20, map_["y"] + 20)
        page.mouse.down()
        page.mouse.move(map_["x"] + map_["width"] / 2, map_["y"] + map_["height"] - 40, steps=3)
        page.mouse.up()
        page.keyboard.up("Shift")
        page.get_by_text("1 selected").wait_for()
        csv = page.request.get(console.url + page.get_by_role("link", name="csv").get_attribute("href").lstrip("/"))
        assert [line.split(",")[0] for line in csv.text().splitlines()][1:] == ["235012345"]


def test_with_accounts_one_logs_in_and_a_viewer_may_only_look(chromium, tmp_path):
    watch = StubWatch(tmp_path, [alert()], AREAS)
    accounts = Accounts(tmp_path / "accounts.sqlite", watch.clock.now_ms)
    accounts.put("Ann", "viewer", "correct horse battery")
    accounts.close()
    with served(watch, {"plain_cookies": True}) as console:
        page = chromium.new_page()
        page.goto(f"{console.url}#alert=aaaaaaaaaaaa")
        for password, then in (("a wrong one, sorry", "wrong name or password"), ("correct horse battery", None)):
            page.locator('#dialog [name="name"]').fill("Ann")
            page.locator('#dialog [name="password"]').fill(password)
            page.keyboard.press("Enter")
            if then:
                page.get_by_text(then).wait_for()
        page.wait_for_selector('html[data-ready="1"]', timeout=PATIENCE_MS)
        page.get_by_text("an open boat").wait_for()
        assert page.locator("#detail [data-act]").count() == 0 and page.locator("#b-audit").is_hidden()
        page.locator("#b-logout").click()
        page.wait_for_selector('#dialog [name="password"]')
        page.close()


def test_the_past_says_that_it_is_not_live_and_cannot_be_acted_upon(chromium, console, watch):
    with opened(chromium, console.url) as page:
        page.keyboard.press("p")
        page.wait_for_selector("#banners .past")
        assert "NOT LIVE" in page.locator("#banners .past").inner_text()
        assert page.locator("#list li[data-id]").count() == 0
        page.keyboard.press("Escape")
        page.wait_for_selector("#banners .past", state="detached")
        page.wait_for_selector("#list li[data-id]")


def test_a_stale_picture_says_so_in_red_within_five_seconds(chromium, console, watch):
    with opened(chromium, console.url) as page:
        watch.show()
        page.wait_for_selector("#banners .stale")
        colour = page.locator("#banners .stale").evaluate("n => getComputedStyle(n).backgroundColor")
        assert colour == "rgb(193, 40, 31)"
        watch.show()
        page.wait_for_selector("#banners .stale", state="detached")


def test_a_phone_shows_everything_without_scrolling_sideways(chromium, console, watch):
    with opened(chromium, console.url, size=(390, 844)) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#list button").first.click()
        page.wait_for_selector('#detail [data-act="acknowledge"]')
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_alert_stays_with_its_target_and_where_it_was_raised_once_that_is_gone(chromium, console, watch):
    """A contact is named, simulated is said, and the evidence shows what the risk is made of, help and forecast."""
    with opened(chromium, console.url, "#target=-7&alert=aaaaaaaaaaaa") as page:
        assert "SIMULATED" in page.locator("#banners").inner_text()
        assert "Contact without AIS" in page.locator("#target").inner_text()
        page.wait_for_selector('html[data-alert-at="1.6,51.02"]')
        page.get_by_text("an open boat").wait_for()
        page.locator("#drift section:first-child tbody tr").nth(
            1
        ).wait_for()  # anew, by the last report: the alert itself told one hour
        told = page.locator("#detail").inner_text()
        assert "× 2" in told and "SIM LIFEBOAT" in told and "1.0 × 0.5 nm" not in told
        assert page.evaluate(_COLOURS) > 5
        watch.show(targets=targets(lon=[1.4, 1.5, 1.7], version=[watch.snapshot().version + 1] * 3))
        page.wait_for_selector('html[data-alert-at="1.7,51.02"]')
        watch.show(targets=targets(version=[watch.snapshot().version + 1] * 3).take([0]))
        page.wait_for_selector('html[data-targets="1"][data-alert-at="1.6,51.02"]')


def test_axe_finds_nothing_serious_in_any_theme(chromium, console, watch):
    if not _AXE.exists():
        pytest.skip("axe-core is not in node_modules")
    with opened(chromium, console.url, "#alert=aaaaaaaaaaaa&open=filters", bypass_csp=True) as page:
        page.wait_for_selector('#detail [data-act="close"]')
        page.evaluate(_AXE.read_text("utf-8"))
        for theme, shown in (("day", "filters"), ("dusk", "feeds&target=235012345&lang=fr"), ("night", "audit&t=last")):
            page.evaluate(f"location.hash = '#alert=aaaaaaaaaaaa&open={shown}&theme={theme}'")
            page.wait_for_selector(f'html[data-theme="{theme}"]')
            page.wait_for_selector(f"#{shown.split('&')[0]} :is(td, p, input)")
            found = page.evaluate("axe.run()")["violations"]
            grave = [
                (v["id"], [n["html"][:150] for n in v["nodes"]][:3])
                for v in found
                if v["impact"] in ("serious", "critical")
            ]
            assert (theme, grave) == (theme, [])
