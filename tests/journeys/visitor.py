"""A person at a browser: what they see, what they do with their hands, and whatever went wrong behind the page."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect

from tests.journeys.portals import Portal

TABS = 400
"""More presses than any page has stops: the element cannot be reached by keyboard."""
FOCUS_SHOWS = """(e) => {
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const mark = e.type === 'radio' || e.type === 'checkbox' ? getComputedStyle(e.closest('label') ?? e) : style;
  const ring = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { ring: ring(style) || ring(mark), inside };
}"""
TOO_WIDE = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


class Visitor:
    """A browser with its own cookies, moved by a mouse. Everything that fails behind its pages is a problem."""

    width = 1280
    scripts = True

    def __init__(self, browser: Browser, portal: Portal, **options: Any) -> None:
        self.portal = portal
        self.problems: list[str] = []
        self.refused: list[tuple[int, str]] = []
        self.context = browser.new_context(
            viewport={"width": self.width, "height": 900},
            java_script_enabled=self.scripts,
            reduced_motion="reduce",
            **options,
        )
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)
        self.page.on("response", self._on_response)
        self.page.on("dialog", self._on_dialog)

    def close(self) -> None:
        """Raises AssertionError for whatever went wrong unseen."""
        self.context.close()
        assert self.problems == []
        assert self.refused == []

    # what is seen

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def sees(self, *texts: str, within: Locator | None = None) -> None:
        for text in texts:
            expect((within or self.main).get_by_text(text).locator("visible=true").first).to_be_visible()

    def sees_not(self, *texts: str) -> None:
        for text in texts:
            expect(self.main.get_by_text(text)).to_have_count(0)

    def section(self, heading: str) -> Locator:
        """The part of the page under this heading."""
        return self.main.locator(
            "section", has=self.page.get_by_role("heading", name=heading, exact=True)
        ).last

    def fold(self, summary: str, within: Locator | None = None) -> Locator:
        return (within or self.main).locator(
            "details", has=self.page.locator("summary", has_text=re.compile(f"^{re.escape(summary)}$"))
        )

    def read(self, label: str) -> str:
        """What a field holds."""
        return self._field(label, None).input_value()

    # what is done

    def open(self, path: str, *, status: int = 200) -> None:
        address = path if path.startswith("http") else self.portal.address + path
        answer = self.page.goto(address) or self.page.reload()  # none where only the part of the page differs
        assert answer is not None
        assert answer.status == status
        self._forgive(status)
        self._look()

    def sign_in_as(self, name: str) -> None:
        """By the demonstration's list; `name` is the beginning of a line in it."""
        self.open("/demo/sign-in")
        bar = self.page.get_by_role("complementary", name="Demonstration")
        self.choose("Demonstration: sign in as", name, within=bar)
        self.press("Sign in", within=bar)
        assert self.heading == "My work"

    def press(self, label: str, *, within: Locator | None = None, status: int = 200) -> None:
        """A button that leads to a page."""
        self._leave_by(self._button(label, within), status)

    def follow(self, text: str, *, within: Locator | None = None) -> None:
        link = (within or self.page.locator("body")).get_by_role("link", name=text, exact=True)
        self._leave_by(link.locator("visible=true").first, 200)

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self._field(label, within).fill(text)

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """`option`: the beginning of what the list says."""
        control = self._field(label, within)
        control.select_option(label=self._option(control, option))

    def tick(self, label: str, *, within: Locator | None = None) -> None:
        self._box(label, within).check()

    def pick(self, legend: str, name: str) -> None:
        """One of the many products and topics."""
        picker = self.page.get_by_role("combobox", name=legend)
        picker.fill(name)
        self.page.get_by_role("option", name=name, exact=True).click()
        expect(self.page.get_by_role("button", name=f"Remove {name}", exact=True)).to_be_visible()

    def unfold(self, summary: str, *, within: Locator | None = None) -> Locator:
        fold = self.fold(summary, within)
        if not fold.evaluate("e => e.open"):
            fold.locator(":scope > summary").click()
        return fold

    # how it is done

    def _leave_by(self, control: Locator, status: int) -> None:
        with self.page.expect_navigation():
            control.click()
        self.page.wait_for_load_state("load")
        self._forgive(status)
        self._look()

    def _forgive(self, status: int) -> None:
        assert self.refused == ([(status, urldefrag(self.page.url).url)] if status >= 400 else [])
        self.refused.clear()

    def _look(self) -> None:
        """On every page a person comes to: nothing stands outside of it."""
        if self.scripts:
            assert self.page.evaluate(TOO_WIDE) == 0, f"{self.page.url} scrolls sideways"

    def _button(self, label: str, within: Locator | None) -> Locator:
        found = (within or self.main).get_by_role("button", name=label, exact=True)
        return found.locator("visible=true").first

    def _field(self, label: str, within: Locator | None) -> Locator:
        found = (within or self.main).get_by_label(re.compile(f"^{re.escape(label)}"))
        return found.locator("visible=true").first

    def _box(self, label: str, within: Locator | None) -> Locator:
        return (within or self.main).get_by_label(re.compile(f"^{re.escape(label)}")).first

    @staticmethod
    def _option(control: Locator, beginning: str) -> str:
        (found,) = (
            text for text in control.locator("option").all_inner_texts() if text.startswith(beginning)
        )
        return str(found)

    # what goes wrong

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.portal.address}/", "data:")):
            self.problems.append(f"request to another host: {request.url}")

    def _on_failure(self, request: Request) -> None:
        may_be_dropped = urlsplit(request.url).path.endswith(
            ("/preview", "/autosave", "/lint", "/hints", "/presence", "/favicon.svg")
        )
        if not (may_be_dropped and "ERR_ABORTED" in (request.failure or "")):  # for a newer text, a next page
            self.problems.append(f"request failed: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append((response.status, response.url))

    def _on_dialog(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()


class WithoutScripts(Visitor):
    """JavaScript is off."""

    scripts = False

    def pick(self, legend: str, name: str) -> None:
        self.page.get_by_role("group", name=legend).get_by_role("checkbox", name=name, exact=True).check()


class ByKeyboard(Visitor):
    """A narrow window and no mouse: Tab to get there, Enter, Space, arrows and letters to act."""

    width = 320

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self._reach(self._field(label, within))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        control = self._field(label, within)
        wanted = self._option(control, option)
        self._reach(control)
        self.page.keyboard.press("Home")
        for _ in control.locator("option").all():
            if control.evaluate("e => e.selectedOptions[0].text") == wanted:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {wanted!r}")

    def tick(self, label: str, *, within: Locator | None = None) -> None:
        control = self._box(label, within)
        if control.get_attribute("type") == "radio":
            self._turn_to(control)
            return
        self._reach(control)
        if not control.is_checked():
            self.page.keyboard.press("Space")
        assert control.is_checked()

    def pick(self, legend: str, name: str) -> None:
        self._reach(self.page.get_by_role("combobox", name=legend))
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("button", name=f"Remove {name}", exact=True)).to_be_visible()

    def unfold(self, summary: str, *, within: Locator | None = None) -> Locator:
        fold = self.fold(summary, within)
        if not fold.evaluate("e => e.open"):
            self._reach(fold.locator(":scope > summary"))
            self.page.keyboard.press("Enter")
        return fold

    def _leave_by(self, control: Locator, status: int) -> None:
        self._reach(control)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.page.wait_for_load_state("load")
        self._forgive(status)
        self._look()

    def _turn_to(self, radio: Locator) -> None:
        """Tab leads to a group of radio buttons, arrows to one of them."""
        name = radio.get_attribute("name")
        self._reach_any(self.page.locator(f"input[name='{name}']").all())
        for _ in range(10):
            if radio.evaluate("e => e === document.activeElement"):
                self.page.keyboard.press("Space")
                assert radio.is_checked()
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {name}")

    def _reach(self, control: Locator) -> None:
        self._reach_any([control])

    def _reach_any(self, controls: Iterable[Locator]) -> None:
        handles = [each.element_handle() for each in controls]
        for _ in range(TABS):
            if self.page.evaluate("found => found.includes(document.activeElement)", handles):
                seen = self.page.evaluate(f"() => ({FOCUS_SHOWS})(document.activeElement)")
                assert seen == {"ring": True, "inside": True}, f"focus is not seen on {handles[0]}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError("the Tab key does not lead there")
