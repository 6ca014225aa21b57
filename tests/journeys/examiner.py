"""A person at a browser who looks at each page as every reader may have it."""

from urllib.parse import urlsplit

from tests.journeys.visitor import FOCUS_SHOWS, TOO_WIDE, Visitor

WIDTHS = (1280, 390, 320)
SCHEMES = ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}).then(
  found => found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} ${n.html.slice(0, 120)}`)))"""
STOPS = 60
"""Presses of the Tab key on each page; what comes later is of the same sorts."""


class Examiner(Visitor):
    """Looks at the page it is on as every reader may have it."""

    def __init__(self, *args, axe, **options):
        super().__init__(*args, bypass_csp=True, **options)
        self.context.add_init_script(axe)
        self.findings = []

    def examine(self):
        where = urlsplit(self.page.url).path
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                found = self.page.evaluate(RUN_AXE, TAGS)
                self.findings += [f"{where} {width} {scheme} {each}" for each in found]
            if self.page.evaluate(TOO_WIDE):
                self.findings.append(f"{where} scrolls sideways at {width}")
        self.walk(where)
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def walk(self, where):
        """Each stop of the Tab key shows that it has the focus, at the narrowest width."""
        self.page.evaluate("document.activeElement.blur()")
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            seen = self.page.evaluate(
                f"() => {{ const e = document.activeElement; if (!e || e === document.body) return null;"
                f" return {{...({FOCUS_SHOWS})(e), what: e.outerHTML.slice(0, 120)}}; }}"
            )
            if seen is None:
                return
            if not (seen["ring"] and seen["inside"]):
                self.findings.append(f"{where} no visible focus on {seen['what']}")

    def look_at(self, *paths, status=200):
        for path in paths:
            self.open(path, status=status)
            self.examine()

    def _look(self):
        """Reflow is examined at each width."""
