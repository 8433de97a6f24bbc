# SPDX-License-Identifier: MIT
"""The picture of the curves: one panel each, a line for each peer along a logarithmic axis."""
import math

from .figure import (COLUMN, GAP, MARGIN, STYLE, WIDTH, line, mine, rounded, text)

HEIGHT, LEFT, RIGHT, ROW = 180, 44, 92, 13
MORE_STYLE = """
  .curve { fill: none; stroke: #9aa5b1; stroke-width: 1.75 } .ours.curve { stroke: #0a6c74; stroke-width: 2.5 }
  @media (prefers-color-scheme: dark) { .curve { stroke: #6b7683 } .ours.curve { stroke: #39c5bb } }
"""


def steps(most):
    """Five round numbers up to the most."""
    size = 10 ** math.floor(math.log10(most / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * 5 >= most)
    return [step * i for i in range(6) if step * i <= most * 1.02]


class CurvePanel:
    def __init__(self, curve, summary):
        self.curve, self.summary = curve, summary
        most = max(row[1] for rows in summary.values() for row in rows)
        self.most = most * 1.08 if most > 0 else 1.0

    def x(self, left, point):
        low, high = (math.log10(max(p, self.start)) for p in (0, self.curve.points[-1]))
        share = (math.log10(max(point, self.start)) - low) / (high - low)
        return left + LEFT + (COLUMN - LEFT - RIGHT) * share

    @property
    def start(self):
        """Where the axis begins; a zero stands half a power below the first point behind it."""
        first, second = self.curve.points[:2]
        return first or second / 3

    def y(self, top, value):
        return top + 44 + HEIGHT * (1 - value / self.most)

    def draw(self, left, top):
        out = [text(left, top + 14, self.curve.axis.capitalize(), "head"),
               text(left, top + 30, f"{self.curve.title}: {self.curve.unit} each", "quiet")]
        for value in steps(self.most):
            y = self.y(top, value)
            out += [line(left + LEFT, y, left + COLUMN - RIGHT, y),
                    text(left + LEFT - 7, y + 4, f"{value:g}", "quiet end")]
        for point in self.curve.points:
            out.append(text(self.x(left, point), top + 44 + HEIGHT + 17, f"{point:,}", "quiet mid"))
        return out + self.lines(left, top)

    def lines(self, left, top):
        out, ends = [], []
        for peer, rows in sorted(self.summary.items(), key=lambda item: item[0] == "capricorn"):
            places = [(self.x(left, row[0]), self.y(top, row[1])) for row in rows]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            out.append(f'<polyline class="{mine(peer)} curve" points="{points}"/>')
            out += [f'<circle class="{mine(peer)} dot" cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>'
                    for x, y in places]
            ends.append([places[-1][1], places[-1][0], peer, rows[-1][1]])
        ends.sort()
        for before, after in zip(ends, ends[1:]):  # labels side by side become labels in a column
            after[0] = max(after[0], before[0] + ROW)
        last = top + 44 + HEIGHT  # and of those that would stand among the axis's none does
        for end in reversed(ends):
            end[0] = min(end[0], last)
            last = end[0] - ROW
        out += [text(x + 9, y + 4, f"{peer} {rounded(value)}", mine(peer) + " number")
                for y, x, peer, value in ends]
        return out


def draw(curves, title="What a request costs as things grow"):
    rows = math.ceil(len(curves) / 2)
    height = 62 + rows * (HEIGHT + 100)
    body = []
    for i, (curve, summary) in enumerate(curves):
        left = MARGIN + (i % 2) * (COLUMN + GAP)
        body += CurvePanel(curve, summary).draw(left, 62 + (i // 2) * (HEIGHT + 100))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="What a request costs as things grow">',
        f"<style>{STYLE}{MORE_STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>',
        text(MARGIN, 36, title, "title"), *body, "</svg>", ""])
