"""A real Chromium for the tests of the explorer, and the tools that ``tests/install_tools.sh`` fetched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

__all__ = ["TOOLS", "Chromium", "chromium", "tool"]

TOOLS = Path(__file__).resolve().parent.parent / ".tools"


def tool(*names: str) -> str:
    """The first of these programs, or files that were fetched, that is here; a test that has to do without fails."""
    for name in names:
        if found := shutil.which(name) or (str(TOOLS / name) if (TOOLS / name).is_file() else None):
            return found
    pytest.fail(f"{names[0]} is missing: run tests/install_tools.sh, which installs it or says why it cannot")


class Chromium(webdriver.Chrome):
    """Chromium without a window, which notes what it writes to its console and what it asks the network for."""

    def look(self, width: int, height: int, *, dark: bool = False, still: bool = True) -> None:
        """Use a screen of this size and these preferences."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        self.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, page: Path, fragment: str = "") -> None:
        """Load the page anew, as if its whole address had been typed."""
        self.get("about:blank")
        self.get(page.as_uri() + fragment)
        ready = "return location.protocol === 'file:' && document.readyState === 'complete'"
        WebDriverWait(self, 10).until(lambda _: self.execute_script(ready))

    def noted(self) -> list[dict[str, Any]]:
        """What the browser did since this was last asked, as its own messages."""
        return [json.loads(entry["message"])["message"] for entry in self.get_log("performance")]

    def told(self) -> list[str]:
        """What stands in its console since this was last asked."""
        return [entry["message"] for entry in self.get_log("browser")]


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Start the browser and end it."""
    options = webdriver.ChromeOptions()
    options.binary_location = tool("chromium", "google-chrome")
    for switch in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chromium(options=options, service=Service(tool("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()
