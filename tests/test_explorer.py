"""The explorer in a real browser: found, read, drawn, by keyboard, on any screen, and without a network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from prehab.graph.explorer.ladders import LADDER, ladders
from prehab.graph.explorer.page import FOLDER, contents, page
from prehab.graph.export import export, part_of
from prehab.graph.load import load_catalogue
from prehab.graph.network import KnowledgeGraph, load_graph
from prehab.graph.text import visible
from tests.browser import Chromium, chromium, tool

PHONE, DESKTOP = (360, 740), (1280, 900)
HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> \u2028 \"'&amp; {{data}} ${x}"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return load_graph(load_catalogue())


@pytest.fixture(scope="module")
def file(graph: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_bytes(export(graph, "html").encode())
    return path


@pytest.fixture(scope="module")
def driver() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@pytest.fixture
def browser(driver: Chromium, file: Path) -> Iterator[Chromium]:
    """The browser; whatever a test does, nothing may go wrong in the console and nothing may be asked of a network."""
    driver.look(*DESKTOP)
    driver.noted()
    driver.told()
    yield driver
    assert driver.told() == []
    asked = [
        note["params"]["request"]["url"] for note in driver.noted() if note["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith(("file://", "data:", "about:"))] == []
    assert {url.partition("#")[0] for url in asked if url.startswith("file://")} <= {file.as_uri()}


def press(browser: Chromium, *keys: str) -> None:
    ActionChains(browser, duration=0).send_keys(*keys).perform()


def select_all(browser: Chromium) -> None:
    ActionChains(browser, duration=0).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()


def text(browser: Chromium, selector: str) -> str:
    found: str = browser.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)
    return found


def texts(browser: Chromium, selector: str) -> list[str]:
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector
    )
    return found


def look_for(browser: Chromium, words: str) -> None:
    browser.execute_script(
        "const box = document.getElementById('query'); box.value = arguments[0]; box.dispatchEvent(new Event('input'))",
        words,
    )


def one_of_each(graph: KnowledgeGraph) -> list[str]:
    """The node of each kind that has the most to say."""
    most: dict[str, tuple[int, str]] = {}
    for key, kind in graph.network.nodes(data="kind"):
        most[kind] = max(most.get(kind, (0, "")), (graph.network.degree(key), key))
    return [key for _, key in most.values()]


# -- the file ---------------------------------------------------------------------------------------------------------


def test_the_vendored_library_is_the_one_noted() -> None:
    note = dict(line.split(": ", 1) for line in (FOLDER / "vendor" / "SOURCE").read_text(encoding="utf-8").splitlines())
    library = (FOLDER / "vendor" / "cytoscape.min.js").read_bytes()
    assert hashlib.sha256(library).hexdigest() == note["sha256"]
    assert f'"{note["version"]}"'.encode() in library
    licence = (FOLDER / "vendor" / "cytoscape-LICENSE").read_text(encoding="utf-8")
    assert "Permission is hereby granted, free of charge" in licence


def test_the_page_permits_no_network_and_needs_none(file: Path) -> None:
    html = file.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src &#x27;none&#x27;; script-src &#x27;sha256-")
    assert "unsafe" not in policy[1]
    assert "http:" not in policy[1] + "https:" not in policy[1]
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?!data:)", html)
    assert "training software, not a medical device" in html


def test_the_page_tells_the_sentences_of_the_sheets(graph: KnowledgeGraph) -> None:
    told = {node["key"]: node for node in contents(graph, part_of(graph))["nodes"]}
    assert list(told) == list(graph.network)
    for key, node in told.items():
        sheet = graph.show(key)
        assert [s[2] for s in node["says"]] == [s.sentence + sheet.cite(s.edge) for s in sheet.outgoing]
        assert [s[2] for s in node["hears"]] == [s.sentence for s in sheet.incoming]
        assert node["sources"] == [source.id for source in sheet.sources]


def test_the_page_of_a_part_tells_what_it_leaves_out_by_name(graph: KnowledgeGraph) -> None:
    part = part_of(graph, around="goblet_squat", kinds=["exercise"])
    squat = next(node for node in contents(graph, part)["nodes"] if node["id"] == "goblet_squat")
    others = {relation: other for relation, other, _ in reversed(squat["says"])}
    assert others["trains"] == "quadriceps"
    assert isinstance(others["progresses_to"], int)


# -- ladders ----------------------------------------------------------------------------------------------------------


def test_ladders_hold_every_step_of_a_family_and_climb(graph: KnowledgeGraph) -> None:
    exercises = graph.catalogue.exercises
    drawn = {one.family: one for one in ladders(graph.network)}
    for family, one in drawn.items():
        members = {f"exercise:{key}" for key, e in exercises.items() if e.family == family}
        steps = {
            (a, b) for a, b, relation in graph.network.edges(data="relation")
            if relation == LADDER and (a in members or b in members)
        }  # fmt: skip
        assert {(a, b) for a, b, _ in one.lines} == steps
        assert (set(one.places) - one.guests) | set(one.alone) == members
        for a, b, bends in one.lines:
            ranks = [one.places[a][0], *(rank for rank, _ in bends), one.places[b][0]]
            assert ranks == list(range(ranks[0], ranks[-1] + 1))
        stops = [*one.places.values(), *(bend for *_, bends in one.lines for bend in bends)]
        for rank in {rank for rank, _ in stops}:
            rows = sorted(row for at, row in stops if at == rank)
            assert all(b - a > 0.99 for a, b in pairwise(rows)), (family, rank)
    assert len(drawn) >= 10


@pytest.mark.parametrize("screen", [PHONE, DESKTOP])
def test_ladders_are_drawn_from_easier_to_harder(
    graph: KnowledgeGraph, browser: Chromium, file: Path, screen: Any
) -> None:
    browser.look(*screen)
    browser.open(file)
    for one in ladders(graph.network):
        browser.execute_script("location.hash = arguments[0]; ", f"ladder/{one.family}")
        browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
        places = browser.execute_script("return Drawing.places()")
        assert places.keys() == one.places.keys()
        for a, b, _ in one.lines:
            assert places[a]["x"] + places[a]["width"] / 2 < places[b]["x"] - places[b]["width"] / 2
        assert_apart(places)


def assert_apart(places: dict[str, Any]) -> None:
    """No box lies on another, and none is drawn outside on the left or above."""
    boxes = sorted(places.values(), key=lambda box: box["x"])
    for number, a in enumerate(boxes):
        assert a["x"] - a["width"] / 2 >= 0
        assert a["y"] - a["height"] / 2 >= 0
        for b in boxes[number + 1 :]:
            beside = b["x"] - a["x"] >= (a["width"] + b["width"]) / 2
            assert beside or abs(b["y"] - a["y"]) >= (a["height"] + b["height"]) / 2 + 3


# -- in the browser ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "first"),
    [("goblet squat", "Goblet squat"), ("KETTLEBELL SQUAT", "Goblet squat"), ("goblet_squat", "Goblet squat"),
     ("sore achilles", "Midportion Achilles tendinopathy"), ("soleus", "soleus")],
)  # fmt: skip
def test_search_finds_by_name_alias_and_id(browser: Chromium, file: Path, words: str, first: str) -> None:
    browser.open(file)
    look_for(browser, words)
    assert texts(browser, "#found a")[0].startswith(first)
    assert re.fullmatch(r"\d+ found", text(browser, "#count"))


@pytest.mark.parametrize(
    ("words", "first"),
    [("goblt squat", "Goblet squat"), ("goblet sqaut", "Goblet squat"), ("achiles tendinopaty", "Insertional Achilles"),
     ("soelus", "Soleus strain"), ("hamstirng slide", "Hamstring slide")],
)  # fmt: skip
def test_search_forgives_slips_of_the_keyboard(browser: Chromium, file: Path, words: str, first: str) -> None:
    browser.open(file)
    look_for(browser, words)
    assert any(found.startswith(first) for found in texts(browser, "#found a")[:6]), texts(browser, "#found a")[:6]
    assert re.fullmatch(r"Nothing is called that. Near it: \d+", text(browser, "#count"))


def test_levels_are_told_with_their_scale(browser: Chromium, file: Path) -> None:
    browser.open(file, "#exercise:goblet_squat")
    about = texts(browser, "dl div")
    assert "Impact0 (0 none to 4 drops and sprints)" in about


def test_search_says_when_there_is_nothing(browser: Chromium, file: Path) -> None:
    browser.open(file)
    look_for(browser, "zzzz")
    assert texts(browser, "#found a") == []
    assert text(browser, "#count").startswith("Nothing found")


def test_kinds_filter_the_list_and_the_drawing(graph: KnowledgeGraph, browser: Chromium, file: Path) -> None:
    browser.open(file, "#exercise:goblet_squat")
    everything = browser.execute_script("return Drawing.places()")
    browser.execute_script("document.querySelector('#kinds input[value=muscle]').click()")
    muscles = [node for node, kind in graph.network.nodes(data="kind") if kind == "muscle"]
    assert text(browser, "#count") == f"{len(muscles)} found"
    assert text(browser, "#chosen") == "muscle"
    shown = browser.execute_script("return Drawing.places()")
    assert 1 < len(shown) < len(everything)
    look_for(browser, "calf")
    assert texts(browser, "#found .kind") == ["muscle"]
    browser.execute_script("document.querySelector('#kinds input[value=muscle]').click()")
    assert len(browser.execute_script("return Drawing.places()")) == len(everything)


def test_from_the_keyboard_to_a_sheet_and_on(browser: Chromium, file: Path) -> None:
    def focused() -> str:
        found: str = browser.execute_script("return document.activeElement.textContent || document.activeElement.id")
        return found

    def opened(title: str) -> None:
        WebDriverWait(browser, 5).until(lambda _: text(browser, "h1") == title)

    browser.open(file)
    press(browser, Keys.TAB)
    assert focused() == "Skip to search"
    assert browser.execute_script("return document.activeElement.getBoundingClientRect().left") >= 0
    press(browser, Keys.ENTER)
    assert focused() == "query"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert browser.execute_script(outline) == "solid"
    press(browser, "goblet", Keys.ARROW_DOWN)
    assert focused().startswith("Goblet squat")
    assert browser.execute_script(outline) == "solid"
    press(browser, Keys.ARROW_UP)
    assert focused() == "query"
    select_all(browser)
    press(browser, "squat", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.HOME, Keys.END)
    assert focused() == texts(browser, "#found a")[-1]
    press(browser, Keys.ESCAPE)
    assert focused() == "query"
    select_all(browser)
    press(browser, "goblet", Keys.ENTER)
    opened("Goblet squat")
    assert focused() == "Goblet squat"
    assert browser.title.startswith("Goblet squat")
    press(browser, Keys.TAB)
    assert browser.execute_script("return document.activeElement.tagName") in ("SUMMARY", "A")
    for _ in range(4):
        if browser.execute_script("return document.activeElement.tagName") == "A":
            break
        press(browser, Keys.TAB)
    other = focused()
    press(browser, Keys.ENTER)
    opened(other)
    assert focused() == other != "Goblet squat"
    browser.back()
    opened("Goblet squat")


def test_every_kind_of_sheet_opens_by_its_address(graph: KnowledgeGraph, browser: Chromium, file: Path) -> None:
    first, *others = one_of_each(graph)
    browser.open(file, f"#{first}")
    for key in (first, *others):
        browser.execute_script("location.hash = arguments[0]", key)
        sheet = graph.show(key)
        WebDriverWait(browser, 5).until(lambda _, name=sheet.node.name: text(browser, "h1") == name)
        said = [s.sentence + sheet.cite(s.edge) for s in sheet.outgoing] + [s.sentence for s in sheet.incoming]
        assert sorted(texts(browser, "section[aria-labelledby=told] li")) == sorted(said)
        listed = texts(browser, "section[aria-labelledby=sources] li")
        assert [line.partition(":")[0] for line in listed] == [source.id for source in sheet.sources]
        for source, line in zip(sheet.sources, listed, strict=True):
            assert source.doi is None or f"https://doi.org/{source.doi} (external link)" in line


def test_an_address_that_leads_nowhere_is_told(browser: Chromium, file: Path) -> None:
    browser.open(file, "#exercise:no_such_%ZZ")
    assert text(browser, "h1").startswith("Nothing here is called exercise:no_such")


def test_a_click_on_a_drawn_node_opens_it(browser: Chromium, file: Path) -> None:
    browser.open(file, "#exercise:goblet_squat")
    browser.execute_script("document.querySelector('.drawing').scrollIntoView({block: 'start'})")
    x, y = browser.execute_script(
        "const box = document.querySelector('.drawing > div').getBoundingClientRect();"
        "const node = Object.values(Drawing.places()).find((one) => one.lines.join(' ') === 'Squat');"
        "return [Math.round(box.left + node.x), Math.round(box.top + node.y)]"
    )
    action = ActionChains(browser, duration=0)
    action.w3c_actions.pointer_action.move_to_location(x, y)
    action.w3c_actions.pointer_action.click()
    action.perform()
    WebDriverWait(browser, 5).until(lambda _: text(browser, "h1") == "Squat")


@pytest.mark.parametrize("dark", [False, True])
def test_colours_follow_the_system_and_the_button(browser: Chromium, file: Path, dark: bool) -> None:
    background = "return getComputedStyle(document.body).backgroundColor"

    def is_dark() -> bool:
        return max(map(int, re.findall(r"\d+", browser.execute_script(background)))) < 100

    browser.look(*DESKTOP, dark=dark)
    browser.open(file, "#muscle:soleus")
    assert is_dark() == dark
    browser.execute_script("document.getElementById('theme').click()")
    assert is_dark() != dark
    browser.refresh()
    assert is_dark() != dark, "what was chosen is kept"
    browser.execute_script("localStorage.clear()")


def test_stillness_is_respected(browser: Chromium, file: Path) -> None:
    asked = (
        "return [getComputedStyle(document.documentElement).scrollBehavior,"
        " getComputedStyle(document.querySelector('button')).transitionDuration]"
    )
    browser.look(*DESKTOP, still=True)
    browser.open(file)
    assert browser.execute_script(asked) == ["auto", "0s"]


@pytest.mark.parametrize("screen", [PHONE, DESKTOP])
def test_nothing_is_wider_than_the_screen_or_overlaps(
    graph: KnowledgeGraph, browser: Chromium, file: Path, screen: tuple[int, int]
) -> None:
    browser.look(*screen)
    browser.open(file)
    look_for(browser, "a")
    for key in ["", *one_of_each(graph), "ladder/plyometric"]:
        browser.execute_script("location.hash = arguments[0]", key)
        browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= screen[0], key
        places = browser.execute_script("return Drawing.places()")
        assert_apart(places)
        if ":" in key:
            assert all(box["x"] + box["width"] / 2 <= screen[0] for box in places.values())


@pytest.mark.parametrize(("screen", "dark"), [(PHONE, False), (DESKTOP, True)])
def test_the_audit_of_accessibility_finds_nothing(
    browser: Chromium, file: Path, screen: tuple[int, int], dark: bool
) -> None:
    axe = Path(tool("axe.min.js")).read_text(encoding="utf-8")
    browser.look(*screen, dark=dark)
    for address in ("", "#exercise:goblet_squat", "#injury:achilles_tendinopathy_midportion", "#ladder/squat"):
        browser.open(file, address)
        look_for(browser, "calf")
        browser.execute_script("document.getElementById('filter').open = true")
        browser.execute_script(axe)
        found = browser.execute_async_script("axe.run().then(({violations}) => arguments[0](violations))")
        assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []


def test_no_name_breaks_out_of_the_page(graph: KnowledgeGraph, browser: Chromium, file: Path, tmp_path: Path) -> None:
    exercises = graph.catalogue.exercises
    squat = exercises["goblet_squat"].model_copy(update={"name": HOSTILE, "aliases": [HOSTILE], "cues": [HOSTILE]})
    odd = load_graph(replace(graph.catalogue, exercises={**exercises, "goblet_squat": squat}))
    html = page(odd, part_of(odd, around="exercise:goblet_squat"))
    assert html.count("</script>") == html.count("<script") == 4
    file.with_name("odd.html").write_text(html, encoding="utf-8")
    file_now = file.with_name("odd.html")
    browser.open(file_now, "#exercise:goblet_squat")
    assert text(browser, "h1") == visible(HOSTILE)
    assert visible(HOSTILE) in texts(browser, "dd p")
    look_for(browser, "</script>")
    assert texts(browser, "#found a")[0].startswith(visible(HOSTILE))
    assert (
        browser.execute_script("return document.images.length + document.querySelectorAll('main script').length") == 0
    )
    browser.noted()  # this test's own file
