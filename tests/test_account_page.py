"""The page of an account in a real browser: readable on any screen, light and dark, by keyboard, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from prehab import Engine, render
from tests.browser import Chromium, chromium, tool

ROOT = Path(__file__).parents[1]
SCREENS = (360, 1280)
ASKED = ("pogo_hops", "dose goblet squat", "stage", "week", "/daily/exercises/0/dose")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    engine, folder = Engine(), tmp_path_factory.mktemp("accounts")
    runner = engine.read_file(ROOT / "examples" / "sore-achilles.yaml")
    made = []
    for number, about in enumerate(ASKED):
        path = folder / f"{number}.html"
        path.write_text(render.account_page(engine.account(runner, about)), encoding="utf-8")
        made.append(path)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


def test_it_can_be_read_by_everybody(browser: Chromium, pages: list[Path]) -> None:
    """No fault that axe finds, nothing wider than the screen, nothing in the console, nothing asked of a network."""
    axe = Path(tool("axe.min.js")).read_text(encoding="utf-8")
    for width in SCREENS:
        for dark in (False, True):
            browser.look(width, 800, dark=dark)
            for path in pages:
                browser.noted()
                browser.open(path)
                assert browser.execute_script("return document.documentElement.scrollWidth") <= width, path
                browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
                assert browser.execute_script("return document.documentElement.scrollWidth") <= width, path
                browser.execute_script(axe)
                found = browser.execute_async_script(
                    "const done = arguments[0];"
                    "axe.run().then(told => done(told.violations.map(one => one.id + ': ' + one.nodes[0].html)));"
                )
                assert found == [], (path, dark)
                asked = [one for one in browser.noted() if one["method"] == "Network.requestWillBeSent"]
                urls = {one["params"]["request"]["url"] for one in asked}
                assert urls <= {"about:blank", path.as_uri()}
    assert browser.told() == []


def test_headings_lists_and_words_tell_it(browser: Chromium, pages: list[Path]) -> None:
    browser.look(1280, 800)
    browser.open(pages[0])
    script = "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent.trim())"
    assert browser.execute_script(script, "h1") == ["Two-leg pogo hops"]
    assert browser.execute_script(script, "h2")[:2] == ["To be permitted it lacks this", "What holds it back"]
    marks = browser.execute_script(script, ".mark")
    assert set(marks) == {"not met", "not known"}
    points = browser.execute_script(script, "ul.points > li")
    assert "not met Your left calf does 9 slow heel raises; at least 20 are needed." in points


def test_a_reason_opens_by_keyboard(browser: Chromium, pages: list[Path]) -> None:
    browser.look(1280, 800)
    browser.open(pages[0])
    ActionChains(browser).send_keys(Keys.TAB).perform()
    assert browser.execute_script("return document.activeElement.tagName") == "SUMMARY"
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    text = browser.execute_script("return document.activeElement.parentElement.innerText")
    assert "What it saw:" in text
    assert "Evidence:" in text


def test_dark_is_dark(browser: Chromium, pages: list[Path]) -> None:
    shades = []
    for dark in (False, True):
        browser.look(1280, 800, dark=dark)
        browser.open(pages[0])
        shades.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert shades[0] != shades[1]
