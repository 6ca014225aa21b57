"""Public pages against a hello-world Flask on the same server: the announcement, its feed, and a 304."""

from bench.browser import Browser
from bench.figures import Figure, at_least, median, spread
from bench.load import Speed, Target, read
from bench.processes import Server

PAGE, FEED = "/announcements/bench-1/", "/feeds/announcements.atom"
GOAL = 0.70
READER = (("Accept_Encoding", "gzip"),)
"""What every browser and feed reader sends."""


def measure(portal: Server, hello: Server, *, rounds: int, seconds: float) -> list[Figure]:
    """Lines of the table; rounds of the four targets take turns."""
    known = ("If_None_Match", etag_of(portal, PAGE))
    targets = {
        "hello-world Flask": Target(hello, "/", READER),
        "announcement page": Target(portal, PAGE, READER),
        "feed (Atom)": Target(portal, FEED, READER),
        "announcement page, 304": Target(portal, PAGE, (*READER, known), status=304),
    }
    sizes = {name: target.check() for name, target in targets.items()}
    speeds: dict[str, list[Speed]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, target in targets.items():
            speeds[name].append(read(target, seconds=seconds))
    rates = {name: median(each.per_second for each in found) for name, found in speeds.items()}
    cpu = {name: median(each.cpu_ms for each in found) for name, found in speeds.items()}
    shown = {
        name: f"{rates[name]:.0f}/s {spread([each.per_second for each in found])}, {sizes[name] / 1000:.1f} kB"
        for name, found in speeds.items()
    }
    base, page, feed, same = targets
    return [
        Figure(base, shown[base], cpu_ms=cpu[base]),
        at_least(page, rates[page], rates[base], GOAL, figure=shown[page], of="hello", cpu_ms=cpu[page]),
        at_least(feed, rates[feed], rates[page], 0.80, figure=shown[feed], of="page", cpu_ms=cpu[feed]),
        at_least(same, rates[same], rates[page], 1.0, figure=shown[same], of="page", cpu_ms=cpu[same]),
    ]  # fmt: skip


def etag_of(server: Server, path: str) -> str:
    browser = Browser(server.host)
    tag = browser.get(path, **dict(READER)).headers["etag"]
    browser.close()
    return tag
