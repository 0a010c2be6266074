"""A night in the console of a real watch: a recording at speed, two desks, and a server that is killed.

Skipped where there is no browser.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager

import pytest

pytest.importorskip("fastapi")

from benchmarks._watching import night_lines, until
from surveil.simulate import demo
from surveil.simulate.demo import make_night
from tests.web.test_browser import PATIENCE_MS, chromium, name_me  # noqa: F401 - the fixture

pytestmark = pytest.mark.browser
SPEED = 600
"""An hour and three quarters in ten seconds."""


@pytest.fixture
def watched(tmp_path):
    """A function that starts `surveil live`, always on one recording, folder and port."""
    night, started = tmp_path / "night.nmea", []
    night.write_bytes(b"".join(night_lines(lane_ships=2)))
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", "from surveil.cli import app; app()", "live", "--replay", night, "--speed", SPEED,
               "--data", tmp_path / "data", "--listen", url[7:-1], "--set", "live.checkpoint_s=1"]  # fmt: skip

    def start() -> subprocess.Popen:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
        started.append(process)
        assert until(lambda: answers(url) or process.poll() is not None, 60) and process.poll() is None
        return process

    yield url, start
    for process in started:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}healthz", timeout=5).status == 200
    except OSError:
        return False


@contextmanager
def desk(chromium, url):  # noqa: F811
    page = chromium.new_page(viewport={"width": 900, "height": 640})
    page.set_default_timeout(PATIENCE_MS)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    page.wait_for_selector('html[data-ready="1"]')
    yield page
    page.close()
    assert faults == []


def test_the_demo_in_the_console_says_its_address_and_ends_with_ctrl_c(surveil, tmp_path, monkeypatch):
    def press_ctrl_c():
        if until(lambda: answers(url) or said, 60) and not said:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(demo, "make_night", lambda seed: make_night(seed=seed, hours=0.35, lane_ships=4))
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    said = []
    presser = threading.Thread(target=press_ctrl_c)
    presser.start()
    said += surveil("demo", "--out", tmp_path / "demo", "--console", "--listen", f"127.0.0.1:{port}")
    presser.join()
    assert said[0] == 0, said
    assert f"console: {url}" in said[1]
    assert not (tmp_path / "demo").exists()


def test_what_was_done_outlives_the_server_and_is_in_the_hand_over(chromium, watched):  # noqa: F811
    url, start = watched
    server = start()
    with desk(chromium, url) as one, desk(chromium, url) as two:
        one.wait_for_selector("#list li.open[data-id]")
        name_me(one)
        one.keyboard.press("j")
        one.wait_for_selector('#detail [data-act="acknowledge"]')
        one.keyboard.press("a")
        one.wait_for_selector('html[data-acts="1"]')
        acknowledged = one.locator("#list li.picked").get_attribute("data-id")
        two.wait_for_selector(f'#list [data-id="{acknowledged}"].acknowledged')
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        two.wait_for_selector("#banners .stale")
        start()
        for page in (one, two):
            page.wait_for_selector('html[data-connects="2"]')
            page.wait_for_selector("#banners .stale", state="detached")
            page.wait_for_selector(f'#list [data-id="{acknowledged}"].acknowledged')
        one.keyboard.press("n")
        one.locator('#dialog [name="why"]').fill("lifeboat asked")
        one.keyboard.press("Enter")
        one.wait_for_selector('html[data-acts="2"]')
        one.goto(f"{url}api/handover")
        report = one.inner_text("body")
        assert acknowledged in report and "Reed" in report and "lifeboat asked" in report
