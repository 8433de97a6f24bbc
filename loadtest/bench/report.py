# SPDX-License-Identifier: MIT
"""What a run leaves behind: results.json, table.md, figure.svg."""
import json
import os
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from .figure import draw
from .paired import confidence, interval, median_latency, median_of, ratios, user_us
from .scenarios import SCENARIOS


@dataclass
class Findings:
    """What a run has found out."""
    versions: dict  # peer → version
    results: dict  # (scenario, peer) → its rounds
    failures: dict  # (scenario, peer) → why it was measured no further
    interrupted: int = 0  # what the program ends with, where somebody ended it


KEEPS_UP = 0.01  # of what was due may be left when the time is over


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def machine():
    return {"processor": processor(), "system": platform.platform(), "cores": os.cpu_count(),
            "load": os.getloadavg()}


def number(value, digits=1):
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}f}"


def summarise(rounds):
    """The medians of a scenario's rounds with one peer."""
    done = [r for r in rounds if r]
    out = {"operations": sum(r["operations"] for r in done),
           "errors": sum(r.get("errors", 0) for r in done),
           "keeps_up": sum(r.get("unsent", 0) for r in done)
           <= KEEPS_UP * sum(r["operations"] for r in done)}
    for key in ("per_second", "cpu_us", "bytes", "busy_ratio", "milliseconds", "late_us",
                "earliest_us", "start_cpu_ms", "program_bytes"):
        if (value := median_of(done, key)) is not None:
            out[key] = value
    if "cpu_us" in out:
        out["user_us"] = user_us(done)
        out["system_us"] = out["cpu_us"] - out["user_us"]
    latency = {p: value for p in ("p50", "p90", "p99", "p99.9", "p99.99", "max")
               if (value := median_latency(done, p)) is not None}
    return {**out, **({"latency_us": latency} if latency else {})}


def worth(result):
    """The figure of a measurement that is compared with others'."""
    for key in ("bytes", "milliseconds", "late_us", "cpu_us"):
        if key in result:
            return result[key]
    return None


def versus(results, scenario, peer):
    """capricorn's figure over the peer's, round by round."""
    if peer == "capricorn":
        return None
    values = ratios(results.get((scenario, "capricorn"), []), results[scenario, peer], worth)
    return interval(values) if values else None


def notes(summary):
    if summary["errors"]:
        yield f"{summary['errors']} errors"
    if not summary["keeps_up"]:
        yield "cannot keep up"
    if "busy_ratio" in summary:
        yield f"busy ones × {summary['busy_ratio']:.3f}"
    if "program_bytes" in summary:
        yield f"program {summary['program_bytes'] / 1e6:.1f} MB"
    if "earliest_us" in summary:
        yield f"the earliest {summary['earliest_us']:+.0f} µs"


def row(scenario, peer, summary, ratio, sure):
    """Column → cell; a column that is empty for all peers is left out of the table."""
    latency = summary.get("latency_us", {})
    persistent = scenario.tool in ("wrk", "load", "rate")
    return {"peer": peer, "bytes each": number(summary.get("bytes")),
            "ms": number(summary.get("milliseconds")),
            "CPU ms": number(summary.get("start_cpu_ms")), "µs late": number(summary.get("late_us")),
            f"{scenario.unit}s/s": number(summary["per_second"] if persistent else None),
            "CPU µs": number(summary.get("cpu_us"), 2), "user": number(summary.get("user_us"), 2),
            "system": number(summary.get("system_us"), 2),
            **{f"{p} µs": number(latency.get(p)) for p in ("p50", "p99", "p99.9")},
            f"capricorn/this, {sure}": str(ratio or "–"), "": ", ".join(notes(summary)) or "–"}


def scenario_table(name, results, peers):
    scenario = SCENARIOS[name]
    here = [peer for peer in peers if (name, peer) in results]
    sure = confidence(min(len(results[name, peer]) for peer in here))
    rows = [row(scenario, peer, summarise(results[name, peer]), versus(results, name, peer), sure)
            for peer in here]
    columns = [key for key in rows[0] if any(cells[key] != "–" for cells in rows)]
    lines = [f"### {name}", "", f"{scenario.title[0].upper()}{scenario.title[1:]}.", "",
             "| " + " | ".join(columns) + " |",
             "|---|" + "".join("--:|" if key else "---|" for key in columns[1:])]
    lines += ["| " + " | ".join(cells[key] for key in columns) + " |" for cells in rows]
    return "\n".join(lines) + "\n"


def matrix(results, scenarios, peers):
    """Peers down, scenarios across: processor time of an operation and of it the user's share."""
    names = [name for name in scenarios if SCENARIOS[name].tool in ("wrk", "load")
             and any(key[0] == name for key in results)]
    lines = ["| CPU µs (user) | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    for peer in peers:
        summaries = [summarise(results[name, peer]) if (name, peer) in results else None
                     for name in names]
        if any(summaries):
            lines.append(f"| {peer} | " + " | ".join(
                f"{number(s['cpu_us'], 2)} ({number(s['user_us'], 2)})" if s else "–"
                for s in summaries) + " |")
    return "\n".join(lines) + "\n" if names else ""


def fill(document, name, words):
    """Puts the words between the document's marks `<!-- name -->` and `<!-- /name -->`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = document.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{document} has no marks {begin.strip()} and {end}")
    document.write_text(f"{before}{begin}{words.strip()}\n{end}{after}")


def when_and_where():
    here, when = machine(), datetime.now(timezone.utc).date().isoformat()
    return (f"{when}, {here['processor']}, {here['cores']} cores, load {here['load'][0]:.1f} at the "
            "end")


def conditions(versions, options):
    """Of what the figures are: for whoever reads them later."""
    names = ", ".join(f"{peer} {version}" for peer, version in versions.items()
                      if peer not in ("capricorn", "limit"))
    return (f"{when_and_where()}; {options.rounds} rounds of {options.seconds} s, {options.connections} connections; "
            f"{names}.\n")


def interruption_note(code, results, options):
    """A paragraph for above the tables, where there is less in them than was asked for."""
    if not code:
        return ""
    return f"Interrupted: {rounds_done(results)} of {options.rounds} rounds, the last perhaps in part.\n\n"


def failed_requests(results):
    """Of whom and in which scenario, in words; empty where each was answered."""
    counted = {key: sum(r.get("errors", 0) for r in rounds) for key, rounds in results.items()}
    return ", ".join(f"{number:,} of {peer} in {name}" for (name, peer), number in counted.items() if number)


def rounds_done(results):
    return max(map(len, results.values()), default=0)


def table(results, failures, scenarios, peers):
    parts = [scenario_table(name, results, peers) for name in scenarios
             if any(key[0] == name for key in results)]
    if overview := matrix(results, scenarios, peers):
        parts.insert(0, overview)
    if failures:
        parts.append("### What failed\n\n" + "\n".join(
            f"- {name}, {peer}: {error.splitlines()[0]}" for (name, peer), error in
            failures.items()) + "\n")
    return "\n".join(parts)


def report(found, options):
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="minutes"),
        "machine": machine(),
        "versions": found.versions,
        "interrupted": bool(found.interrupted),
        "rounds": rounds_done(found.results) if found.interrupted else options.rounds,
        "seconds": options.seconds, "connections": options.connections,
        "results": [{"scenario": name, "peer": peer, "summary": summarise(rounds),
                     "rounds": rounds} for (name, peer), rounds in found.results.items()],
        "failures": [{"scenario": name, "peer": peer, "error": error}
                     for (name, peer), error in found.failures.items()],
    }


def write(found, options):
    """Returns the Markdown that was written."""
    text = interruption_note(found.interrupted, found.results, options) + table(
        found.results, found.failures, options.scenarios, list(found.versions))
    (options.output / "table.md").write_text(text)
    whole = report(found, options)
    (options.output / "results.json").write_text(json.dumps(whole, indent=1) + "\n")
    (options.output / "figure.svg").write_text(draw(whole))
    return text
