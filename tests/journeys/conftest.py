"""A real Chromium in front of a live site. Every page that a journey looks at is checked with axe."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, sync_playwright

from accounts.models import User
from mailings.models import Mail

WIDTHS = {"phone": 390, "desktop": 1280}
# Of what passes axe tells nothing: that halves its time.
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}
# Generous: a busy machine is slow, not wrong.
PATIENCE_MS = 30_000
# How often axe may find that the page it looks at has just been left.
ATTEMPTS = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
            # A real browser on a busy machine can fail for reasons of its own. The closing line then says "rerun".
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of the operating system. Without one the journeys are skipped, except in CI."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("In CI the journeys must run: no Chromium was found.")
        pytest.skip("No Chromium was found (Debian: apt-get install chromium).")
    # Playwright's own event loop runs in this thread; the tests' queries beside it are safe, one at a time.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return WIDTHS[request.param]


class Visitor:
    """Somebody with a browser of their own: cookies, a window width, and eyes."""

    def __init__(self, context: BrowserContext, site: str, name: str) -> None:
        self.context, self.site, self.name = context, site, name
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.set_default_navigation_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.looks = 0

    def _listen(self, message: Any) -> None:
        # A page that is meant to answer 404 or 410 logs that itself.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.complaints.append(message.text)

    def opens(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.site + path)

    def follows(self, link_or_button: Locator) -> None:
        """Click what leads to another page (or to this one anew), and wait until that has loaded."""
        with self.page.expect_navigation():
            link_or_button.click()

    def looks_at(self, what: str) -> None:
        """Axe finds nothing on the present page, nothing sticks out sideways, and the console is silent.

        With SCREENSHOTS set to a folder, a picture of the page is left there.
        """
        self.page.wait_for_load_state()
        # First of all: axe and the picture put styles of their own into the page, which its policy complains of.
        assert self.complaints == [], what
        self.looks += 1
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            slug = what.lower().replace(" ", "-")
            width = self.page.viewport_size["width"] if self.page.viewport_size else 0
            # A hidden caret leaves an empty style at each input. htmx copies attributes from what it replaces to what
            # comes, and the page's policy complains of that one.
            self.page.screenshot(
                path=f"{folder}/{self.name}-{self.looks:02}-{slug}-{width}.png", full_page=True, caret="initial"
            )
        result = self._axe()
        assert result.violations_count == 0, f"{what}: {result.generate_report()}"
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{what}: {overflow} pixels stick out"
        # What the look itself caused may still be on its way: a message of our own comes after all of it.
        with self.page.expect_console_message(lambda message: message.text == "looked at"):
            self.page.evaluate("console.debug('looked at')")
        self.complaints.clear()

    def _axe(self) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return Axe().run(self.page, options=WCAG)
            except Error:
                # The page was left under axe's hands: its document is gone.
                if attempt == ATTEMPTS:
                    raise
                self.page.wait_for_load_state()

    def enters_the_code_sent_to(self, email: str) -> None:
        """On the page that asks for it, from the newest mail."""
        text = Mail.objects.filter(to=[email], kind="account").latest("pk").opened_text()
        code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4}|[A-Z0-9]{6})\s*$", text, re.MULTILINE)
        assert code, text
        self.page.fill("[name=code]", code[1])
        self.follows(self.page.get_by_role("button", name="Continue"))

    def signs_in_as(self, user: User) -> None:
        """By a session made on the server: signing in itself has a journey of its own."""
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        self.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": self.site,
                }
            ]
        )


@pytest.fixture
def site(transactional_db: None, live_server: Any, settings: Any) -> str:
    """The address of the live site, which also stands in the links of its mails."""
    settings.SITE_URL = live_server.url
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    return live_server.url


@pytest.fixture
def visitor(chromium: Browser, site: str, width: int, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": width, "height": 844 if width < 600 else 900})
    yield Visitor(context, site, request.node.originalname.removeprefix("test_"))
    context.close()
