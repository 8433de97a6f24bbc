# SPDX-License-Identifier: MIT
"""The picture of a run, as SVG that reads on light and on dark pages.

It is made of panels in two columns: one for each scenario that a server works through (processor
time of an operation split in user and system, and operations a second), one for each fixed rate
(percentiles of latency), and bars for what a connection weighs and how long a start takes."""
import math
from html import escape

from .scenarios import SCENARIOS

WIDTH, GAP, MARGIN = 1080, 32, 28
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
ROW, BAR = 19, 11
LABEL, LONGEST = 110, 16  # of a peer, in points and in letters
STYLE = """
  .page { fill: #ffffff } text { fill: #24292f; font: 12px system-ui, -apple-system, "Segoe UI", sans-serif }
  .title { font-size: 19px; font-weight: 650 } .head { font-size: 13.5px; font-weight: 650 }
  .quiet { fill: #656d76; font-size: 11px } .ours { font-weight: 700 } .end { text-anchor: end }
  .mid { text-anchor: middle } .number { font-variant-numeric: tabular-nums; font-size: 11px }
  .grid { stroke: #d8dee4; stroke-width: 1 } .user { fill: #57606a } .system { fill: #c3cad2 }
  .rate { fill: #9aa5b1 } .ours.user { fill: #0a6c74 } .ours.system { fill: #7fc8c9 }
  .ours.rate { fill: #0a6c74 } .span { stroke: #9aa5b1; stroke-width: 3; stroke-linecap: round }
  .ours.span { stroke: #0a6c74 } .dot { fill: #57606a; stroke: #ffffff; stroke-width: 1.5 }
  .ours.dot { fill: #0a6c74 } .cut { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    .page, .cut { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #8d96a0 }
    .grid { stroke: #2d333b } .user { fill: #9aa5b1 } .system { fill: #444c56 }
    .rate { fill: #6b7683 } .ours.user { fill: #39c5bb } .ours.system { fill: #1c6d6a }
    .ours.rate { fill: #39c5bb } .span { stroke: #6b7683 } .ours.span { stroke: #39c5bb }
    .dot { fill: #9aa5b1; stroke: #0d1117 } .ours.dot { fill: #39c5bb }
  }
"""
PERCENTILES = ("p50", "p90", "p99", "p99.9")


def text(x, y, words, classes=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{classes}">{escape(words)}</text>'


def bar(x, y, width, classes, height=BAR):
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="1.5" '
            f'class="{classes}"/>')


def line(x1, y1, x2, y2, classes="grid"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{classes}"/>'


def rounded(value):
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    if value >= 10_000:
        return f"{value / 1e3:.0f} k"
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def duration(microseconds):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds:.3g} µs"


def label_of(peer):
    """Of a long name, such as a build's with its allocator, the end: that tells it from others."""
    return peer if len(peer) <= LONGEST else "…" + peer[1 - LONGEST:]


def mine(peer):
    return "ours" if peer == "capricorn" else ""


def marks(summary):
    """Behind a figure, for what the figure cannot say; the legend has their words."""
    late = "" if summary.get("keeps_up", True) else " †"
    return late + (" ‡" if summary.get("errors") else "")


class Panel:
    """A part of the picture: its height, and its elements for a place on the page."""

    def __init__(self, name, unit, rows):
        self.name, self.unit, self.rows = name, unit, rows

    def height(self):
        return 58 + ROW * len(self.rows)

    def draw(self, x, y):
        out = [text(x, y + 14, self.name, "head"),
               text(x, y + 30, SCENARIOS[self.name].title, "quiet")]
        out += self.heading(x, y + 48)
        for i, (peer, summary) in enumerate(self.rows):
            row = y + 54 + ROW * i
            out.append(text(x + LABEL - 8, row + 10, label_of(peer), f"end {mine(peer)}"))
            out += self.row(x, row, peer, summary)
        return out

    def heading(self, x, y):
        raise NotImplementedError

    def row(self, x, y, peer, summary):
        raise NotImplementedError


class Costs(Panel):
    """Processor time of one operation, and operations a second."""
    CPU = 196  # how wide the longest bar is
    RATE = COLUMN - LABEL - CPU - 118

    def __init__(self, name, unit, rows):
        super().__init__(name, unit, sorted(rows, key=lambda row: row[1]["cpu_us"]))
        least = self.rows[0][1]["cpu_us"]
        # What costs many times as much would leave no length to the others: its bar is cut.
        self.longest = min(max(s["cpu_us"] for _, s in self.rows), 4 * least)
        self.fastest = max(s["per_second"] for _, s in self.rows)

    def heading(self, x, y):
        return [text(x + LABEL, y, f"CPU µs a {self.unit}: user + system", "quiet"),
                text(x + COLUMN - self.RATE - 48, y, f"{self.unit}s a second", "quiet")]

    def row(self, x, y, peer, summary):
        scale, left = self.CPU / self.longest, x + LABEL
        whole = min(summary["cpu_us"], self.longest)
        user = min(summary["user_us"], whole)
        out = [bar(left, y, whole * scale, f"{mine(peer)} system"),
               bar(left, y, user * scale, f"{mine(peer)} user")]
        if summary["cpu_us"] > self.longest:
            out.append(f'<path class="cut" d="M{left + self.CPU - 16:.1f} {y + BAR + 1:.1f} l5 -13 '
                       f'h4 l-5 13 z"/>')
        out.append(text(left + whole * scale + 5, y + 10, rounded(summary["cpu_us"]) + marks(summary),
                        f"number {mine(peer)}"))
        right = x + COLUMN - self.RATE - 48
        length = self.RATE * summary["per_second"] / self.fastest
        out += [bar(right, y, length, f"{mine(peer)} rate"),
                text(right + length + 5, y + 10, rounded(summary["per_second"]),
                     f"number {mine(peer)}")]
        return out


class Logarithmic(Panel):
    """Rows along an axis of powers of ten."""
    SPACE = COLUMN - LABEL - 52

    def __init__(self, name, unit, rows):
        super().__init__(name, unit, rows)
        values = [value for _, s in self.rows for value in self.values(s) if value > 0] or [1]
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def values(self, summary):
        raise NotImplementedError

    def tick(self, value):
        return rounded(value)

    def at(self, x, value):
        share = (math.log10(max(value, 10 ** self.low)) - self.low) / (self.high - self.low)
        return x + LABEL + self.SPACE * share

    def heading(self, x, y):
        out = []
        for power in range(self.low, self.high + 1):
            place = self.at(x, 10 ** power)
            out += [text(place, y, self.tick(10 ** power), "quiet mid"),
                    line(place, y + 4, place, y + 6 + ROW * len(self.rows))]
        return out


class Latencies(Logarithmic):
    """Percentiles as points on a line, from the half to one in a thousand."""

    def __init__(self, name, unit, rows):
        rows = [row for row in rows if row[1].get("latency_us")]
        super().__init__(name, unit, sorted(rows, key=lambda row: row[1]["latency_us"]["p99"]))

    def values(self, summary):
        return [summary["latency_us"][p] for p in PERCENTILES]

    def tick(self, value):
        return duration(value)

    def row(self, x, y, peer, summary):
        places = [self.at(x, value) for value in self.values(summary)]
        out = [line(places[0], y + 6, places[-1], y + 6, f"{mine(peer)} span")]
        out += [f'<circle cx="{place:.1f}" cy="{y + 6:.1f}" r="{radius}" class="{mine(peer)} dot"/>'
                for place, radius in zip(places, (5.5, 4.5, 3.8, 3.2))]
        out.append(text(places[-1] + 9, y + 10, duration(self.values(summary)[2]) + marks(summary),
                        f"number {mine(peer)}"))
        return out


class Weights(Logarithmic):
    """One figure a peer, on a scale of powers of ten."""

    def __init__(self, name, unit, rows, key):
        self.key = key
        rows = [row for row in rows if key in row[1]]
        super().__init__(name, unit, sorted(rows, key=lambda row: row[1][key]))

    def values(self, summary):
        return [summary[self.key]]

    def tick(self, value):
        return f"{value:,.0f} {self.unit}" if value >= 1 else f"{value:g} {self.unit}"

    def row(self, x, y, peer, summary):
        value = summary[self.key]
        end = self.at(x, value)
        return [bar(x + LABEL, y, end - x - LABEL, f"{mine(peer)} rate"),
                text(end + 5, y + 10, rounded(value) + marks(summary), f"number {mine(peer)}")]


def panels_of(results):
    by_scenario = {}
    for entry in results:
        if entry["summary"]["operations"] > 0:
            by_scenario.setdefault(entry["scenario"], []).append((entry["peer"], entry["summary"]))
    panels = []
    for name in (name for name in SCENARIOS if name in by_scenario):
        rows, scenario = by_scenario[name], SCENARIOS[name]
        if scenario.tool == "rate":
            panels.append(Latencies(name, "µs", rows))
        elif scenario.tool == "hold":
            panels.append(Weights(name, "B", rows, "bytes"))
        elif scenario.tool == "start":
            panels.append(Weights(name, "ms", rows, "milliseconds"))
        elif scenario.tool == "timers":
            panels.append(Weights(name, "µs", rows, "late_us"))
        else:
            panels.append(Costs(name, scenario.unit, rows))
    return panels


def legend(report):
    machine = report["machine"]
    rounds = (f"medians of {report['rounds']} interleaved rounds" if report["rounds"] > 1 else
              "one round") + f" of {report['seconds']} s"
    if report.get("interrupted"):
        rounds = f"interrupted: {rounds}"
    notes = [f"{machine['processor']}, one core for the server and one for the client, "
             f"{report['connections']} connections; {rounds}; load average {machine['load'][0]:.1f}.",
             "A bar begins with user time, the rest is the kernel's; a cut bar goes on. Latency: points are p50, p90, "
             "p99, p99.9, the figure is p99, timed from when a request was due; † cannot keep up."]
    if any(entry["summary"].get("errors") for entry in report["results"]):
        notes.append("‡ Requests failed: the figure says little.")
    return notes


def draw(report):
    """The whole picture; an empty one where nothing was measured."""
    notes = legend(report)
    begin = 62.0 + 15 * len(notes)
    heights, body = [begin, begin], []
    for panel in panels_of(report["results"]):
        column = 0 if heights[0] <= heights[1] else 1
        body += panel.draw(MARGIN + column * (COLUMN + GAP), heights[column])
        heights[column] += panel.height() + 26
    height = max(heights)
    versions = ", ".join(f"{peer} {version}" for peer, version in report["versions"].items()
                         if peer != "limit")
    head = [text(MARGIN, 36, "What a request costs, and how long it takes", "title")]
    head += [text(MARGIN, 56 + 15 * i, note, "quiet") for i, note in enumerate(notes)]
    foot = [text(MARGIN, height + 4 + 15 * i, row, "quiet") for i, row in enumerate(fold(versions))]
    height += 15 * len(foot) + 14
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img" '
        'aria-label="Processor time, throughput, latency and memory of capricorn and its peers">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height:.0f}" rx="8"/>',
        *head, *body, *foot, "</svg>", ""])


def fold(words, length=170):
    rows, row = [], ""
    for word in words.split(" "):
        if len(row) + len(word) > length:
            rows, row = [*rows, row], ""
        row = f"{row} {word}".strip()
    return [*rows, row]
