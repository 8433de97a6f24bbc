# SPDX-License-Identifier: MIT
"""What capricorn has to reach, beside whom; `run --check` judges it."""
import json
from dataclasses import dataclass

from .paired import Interval, confidence, interval, ratios, user_us


def cpu_us(result):
    return result.get("cpu_us")


def percentile(name):
    return lambda result: result.get("latency_us", {}).get(name)


def figure(name):
    return lambda result: result.get(name)


@dataclass(frozen=True)
class Target:
    scenario: str
    what: str  # of what
    value: object  # of one measurement
    limit: float
    peer: str = ""  # a ratio to this one; without, the figure itself
    unit: str = ""


def cpu_targets(scenario, limits):
    return [Target(scenario, "CPU", cpu_us, limit, peer) for peer, limit in limits.items()]


TARGETS = [
    *cpu_targets("plaintext", {"uwebsockets": 1.0, "hyper": 0.92, "nginx": 0.82, "fastapi": 1 / 13}),
    Target("plaintext", "user CPU", None, 0.8, unit="µs"),
    *cpu_targets("pipelined", {"uwebsockets": 1.0, "hyper": 0.65}),
    *cpu_targets("json", {"uwebsockets": 1.0, "fastapi": 1 / 15}),
    *cpu_targets("path", {"uwebsockets": 1.0, "fastapi": 1 / 15}),
    *cpu_targets("items", {"hyper": 0.6, "fastapi": 1 / 25}),
    *cpu_targets("headers", {"uwebsockets": 1.1, "hyper": 0.75, "nginx": 0.5}),
    *cpu_targets("new-headers", {"uwebsockets": 1.1, "hyper": 0.75, "nginx": 0.5}),
    Target("latency", "p50", percentile("p50"), 1.0, "uwebsockets"),
    Target("latency", "p99", percentile("p99"), 1.0, "uwebsockets"),
    Target("latency-fast", "p50", percentile("p50"), 1.0, "uwebsockets"),
    Target("latency-fast", "p99", percentile("p99"), 1.0, "uwebsockets"),
    Target("idle", "memory", figure("bytes"), 525, unit="bytes"),
    Target("idle", "a busy request's CPU beside them", figure("busy_ratio"), 1.05),
    *cpu_targets("handshakes", {"nginx": 0.85}),
    *cpu_targets("tls", {"nginx": 0.66}),
    *cpu_targets("tcp-echo", {"beast": 0.95, "uvloop": 0.8}),
    *cpu_targets("static-1k", {"nginx": 0.9}),
    *cpu_targets("static-1m", {"nginx": 0.9}),
    *cpu_targets("blocking", {"fastapi": 0.5, "bun": 0.5}),
    *cpu_targets("websocket", {"uwebsockets": 1.0}),
    Target("timers", "mean lateness", figure("late_us"), 75, unit="µs"),
    Target("start", "time", figure("milliseconds"), 5, unit="ms"),
]


def pairs():
    """(scenario, peer) for all that has to be measured; `limit` shows what is left for anybody."""
    return {(target.scenario, peer) for target in TARGETS
            for peer in ("capricorn", target.peer, "limit" if target.peer else "") if peer}


NEAR = 0.05  # so close to its limit a time tells more of the machine than of the server


@dataclass(frozen=True)
class Verdict:
    target: Target
    found: Interval
    less_work: bool | None = None  # whether the counts are within the limit, where they are known

    @property
    def word(self):
        """Passed or failed where the whole interval lies on one side of the limit; near the limit
        the counts decide."""
        if self.found.high <= self.target.limit:
            return "pass"
        if self.less_work is not None and abs(self.found.median / self.target.limit - 1) < NEAR:
            return "pass by counts" if self.less_work else "FAIL by counts"
        return "FAIL" if self.found.low > self.target.limit else "open"


def read_counts(path):
    """(scenario, peer) → (instructions, system calls) of a request, as `counts` has left them."""
    if not path.exists():
        return {}
    return {(each["scenario"], each["peer"]): (each["events"]["Ir"], sum(each["calls"].values()))
            for each in json.loads(path.read_text())}


def is_less_work(target, counts):
    """Whether our instructions are within the target's limit, and our system calls no more than
    theirs; None where one of the two was not counted."""
    ours = counts.get((target.scenario, "capricorn"))
    theirs = counts.get((target.scenario, target.peer))
    if not ours or not theirs or target.what != "CPU":
        return None
    # A call now and then, such as a timer's, is none of a request.
    return ours[0] <= target.limit * theirs[0] and ours[1] <= theirs[1] + 0.05


def judge(target, results, counts):
    """The verdict, or None where it was not measured."""
    ours = [r for r in results.get((target.scenario, "capricorn"), []) if r]
    if not ours:
        return None
    if target.what == "user CPU":
        value = user_us(ours)
        return Verdict(target, Interval(value, value, value))
    if not target.peer:
        return Verdict(target, interval([target.value(r) for r in ours]))
    values = ratios(results[target.scenario, "capricorn"],
                    results.get((target.scenario, target.peer), []), target.value)
    return Verdict(target, interval(values), is_less_work(target, counts)) if values else None


def floor(target, results):
    """What a server would reach that looks at nothing: limit's ratio to the same peer."""
    values = ratios(results.get((target.scenario, "limit"), []),
                    results.get((target.scenario, target.peer), []), target.value)
    return f"{interval(values).median:.3f}" if values else "–"


def check(results, counts):
    """(Markdown, whether all that was measured is reached)."""
    sure = confidence(min(map(len, results.values()), default=0))
    lines = [f"| scenario | of what | against | at most | measured, {sure} | | limit |",
             "|---|---|---|--:|--:|---|--:|"]
    good = True
    for target in TARGETS:
        verdict = judge(target, results, counts)
        if verdict is None:
            word, found = "not measured", ""
        else:
            ours = results[target.scenario, "capricorn"]
            errors = sum(r.get("errors", 0) for r in ours)  # to refuse costs little
            word = f"FAIL, {errors} errors" if errors else verdict.word
            # The user's share is one figure of all rounds together: it has no interval.
            found = f"{verdict.found.median:.3f}" if target.value is None else str(verdict.found)
        good = good and word in ("pass", "pass by counts", "not measured")
        limit = f"{target.limit:.3g} {target.unit}".strip() + (" ×" if target.peer else "")
        lines.append(f"| {target.scenario} | {target.what} | {target.peer or '–'} | {limit} "
                     f"| {found} | {word} | {floor(target, results) if target.peer else '–'} |")
    return "\n".join(lines) + "\n", good
