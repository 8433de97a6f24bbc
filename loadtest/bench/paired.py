# SPDX-License-Identifier: MIT
"""What rounds say together: medians, and ratios of two peers measured in the same round.

A machine that does other things is slower in one round than in the next, but the two measurements
of one round are seconds apart: their ratio holds where neither figure does."""
import math
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    median: float
    low: float
    high: float

    def __str__(self):
        return f"{self.median:.3f} [{self.low:.3f}, {self.high:.3f}]"


def interval(values):
    """The median and where it lies with 95 % confidence, whatever the distribution: the narrowest
    pair of order statistics that the sign test does not exclude. With fewer than six values there
    is no such pair, and the interval is their range."""
    values = sorted(values)
    count, cut, tail = len(values), 0, 0.0
    while True:
        tail += math.comb(count, cut) / 2 ** count
        if 2 * tail > 0.05 or cut >= (count - 1) // 2:
            break
        cut += 1
    skipped = max(cut - 1, 0)
    return Interval(statistics.median(values), values[skipped], values[count - 1 - skipped])


def confidence(rounds):
    """What an interval of so many is, for the head of its column."""
    return "95 %" if rounds >= 6 else "range"


def ratios(ours, theirs, value):
    """The value of ours over theirs in each round that has both."""
    pairs = ((value(a), value(b)) for a, b in zip(ours, theirs) if a and b)
    return [a / b for a, b in pairs if a is not None and b]


def user_us(rounds):
    """Processor time outside the kernel for an operation: the exact total, split as all the rounds
    together say."""
    user = sum(r.get("user_ticks", 0) for r in rounds if r)
    ticks = user + sum(r.get("system_ticks", 0) for r in rounds if r)
    total = statistics.median(r["cpu_us"] for r in rounds if r)
    return total * user / ticks if ticks else 0.0


def median_of(rounds, key):
    values = [r[key] for r in rounds if r and key in r]
    return statistics.median(values) if values else None


def median_latency(rounds, percentile):
    values = [r["latency_us"][percentile] for r in rounds
              if r and percentile in r.get("latency_us", {})]
    return statistics.median(values) if values else None
