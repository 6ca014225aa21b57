"""A person at a browser who looks at each page as every reader may have it."""

from itertools import cycle
from urllib.parse import urlsplit

from tests.journeys.visitor import FOCUS_SHOWS, TOO_WIDE, Visitor

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """only => axe.run(document, {...only, resultTypes: ['violations'], preload: false}).then(
  found => found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} ${n.html.slice(0, 120)}`)))"""
COLORS = ("color-contrast", "link-in-text-block")
LAYOUT = ("target-size", "scrollable-region-focusable", "empty-table-header", "td-headers-attr", "bypass")
"""What may differ by the width: all else is read from the same elements."""
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}}
OTHER_LOOK = {"runOnly": {"type": "rule", "values": [*COLORS, *LAYOUT]}}
"""A theme changes colors and nothing else, a width everything else: css/tokens.css alone knows of colors."""
LOOKS = (
    ((1280, "light", ALL_RULES), (390, "dark", None), (320, "dark", OTHER_LOOK)),
    ((1280, "dark", ALL_RULES), (390, "light", None), (320, "light", OTHER_LOOK)),
)
"""Each page by axe in both themes and at both widths; the next page has the themes the other way round."""
STOPS = 8
"""Presses of the Tab key on each page; what comes later is of the same sorts."""


class Examiner(Visitor):
    """Looks at the page it is on as every reader may have it."""

    def __init__(self, *args, axe, **options):
        super().__init__(*args, bypass_csp=True, **options)
        self.context.add_init_script(axe)
        self.findings, self.walked, self.looks = [], False, cycle(LOOKS)

    def examine(self):
        where = urlsplit(self.page.url).path
        for width, scheme, rules in next(self.looks):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.page.emulate_media(color_scheme=scheme)
            found = self.page.evaluate(RUN_AXE, rules) if rules else []
            self.findings += [f"{where} {width} {scheme} {each}" for each in found]
            if self.page.evaluate(TOO_WIDE):
                self.findings.append(f"{where} scrolls sideways at {width}")
        self.walk(where)
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def walk(self, where):
        """Each stop of the Tab key shows that it has the focus, at the narrowest width.

        The first page is walked from its top, the others from their content: what is above is the same on all.
        """
        self.page.evaluate("top => top ? document.activeElement.blur() : document.getElementById('main').focus()",
                           not self.walked)  # fmt: skip
        self.walked = True
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
