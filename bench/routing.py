"""Routing after 100,000 past matters: a suggestion, one more decision, learning everything anew, its memory."""

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.figures import Figure, at_most, median, percentile
from bench.words import Writer
from cass_portal.casework.routing import Matter, Model, advise
from cass_portal.casework.routing.bundled import directory
from cass_portal.casework.routing.packing import packed, unpacked
from cass_portal.casework.routing.training import Decision, learn, train
from cass_portal.directory.vocabulary import vocabulary

PAST = 100_000
SUGGEST_MS, LEARN_MS, TRAIN_SECONDS, MEGABYTES = 20.0, 1000.0, 60.0, 500.0


def decisions(count: int = PAST) -> Iterator[Decision]:
    """Made up: words by their frequency, some of the member's own among them; few were refused, few nobody's."""
    writer, source = Writer(seed=3), random.Random(5)
    words = {name: of.words for name, of in vocabulary().members.items()}
    members = sorted(words)
    for _ in range(count):
        member, other = source.sample(members, 2)
        own = ", ".join(source.choices(words[member], k=6))
        matter = Matter(writer.text(6), f"{writer.text(25)} {own} {writer.text(25)}")
        nobody, refused = source.random() < 0.05, source.random() < 0.05
        yield Decision(matter, () if nobody else (member,), (other,) if refused else ())


def measure(*, past: int = PAST) -> list[Figure]:
    """Lines of the table. Training is measured in a process of its own, for its memory."""
    seconds, megabytes, data = _trained(past)
    model = unpacked(data)
    suggested, learned = _suggestions(model), _learning(model)
    return [
        at_most(f"routing suggestion p95, {past:,} learned", percentile(suggested, 95), SUGGEST_MS, "ms"),
        at_most("routing learns one decision", median(learned), LEARN_MS, "ms"),
        at_most(f"routing learns {past:,} anew", seconds, TRAIN_SECONDS, "s"),
        at_most("… with memory of", megabytes, MEGABYTES, "MB"),
    ]


def _suggestions(model: Model, *, count: int = 200) -> list[float]:
    taken = []
    for each in decisions(count):
        started = time.perf_counter()
        advise(each.matter, directory(), model)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def _learning(model: Model, *, count: int = 50) -> list[float]:
    """As a process does at the next suggestion: a copy, so that others go on reading, and one matter more."""
    taken = []
    for each in decisions(count):
        started = time.perf_counter()
        assert model.learned is not None
        given, refused = model.learned.given.copy(), model.learned.refused.copy()
        learn(type(model.learned)(given, refused), each)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def _trained(past: int) -> tuple[float, float, bytes]:
    command = [sys.executable, "-m", "bench.routing", str(past)]
    done = subprocess.run(command, capture_output=True, check=True)
    seconds, megabytes = done.stderr.decode().split()[-2:]
    return float(seconds), float(megabytes), done.stdout


if __name__ == "__main__":
    given = list(decisions(int(sys.argv[1])))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    model = train(given, directory())
    took = time.process_time() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    sys.stdout.buffer.write(packed(model))
    print(f"{took:.2f} {grown / 1024:.1f}", file=sys.stderr)
