# SPDX-License-Identifier: MIT
"""What the load test computes and draws, without a server: its intervals, its verdicts, its tables and
its pictures."""
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
LOADTEST = Path(__file__).resolve().parents[2] / "loadtest"
sys.path.insert(0, str(LOADTEST))
from bench import curve_figure, figure, paired, report, targets  # pylint: disable=wrong-import-position
from bench.common import choice  # pylint: disable=wrong-import-position
from bench.peers import LACKS, PEERS, add_builds  # pylint: disable=wrong-import-position
from bench.scenarios import BROWSER, GROUPS, SCENARIOS, item_document  # pylint: disable=wrong-import-position


def result(cpu_us, **more):
    return {"operations": 1000, "per_second": 1000.0, "errors": 0, "cpu_us": cpu_us,
            "user_ticks": 25, "system_ticks": 75, **more}


class Intervals(unittest.TestCase):
    def test_are_those_of_the_sign_test(self):
        # Two-sided 95 %: from the second of nine values to the second last; all of six to eight.
        for count, skipped in ((6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (15, 3), (20, 5)):
            found = paired.interval(range(count))
            self.assertEqual((found.low, found.high), (skipped, count - 1 - skipped), count)

    def test_of_few_values_are_their_range(self):
        self.assertEqual(paired.interval([3, 1, 2]), paired.Interval(2, 1, 3))
        self.assertEqual(paired.interval([7]), paired.Interval(7, 7, 7))

    def test_pair_the_rounds_and_not_their_medians(self):
        ours, theirs = [result(1), result(20), result(3)], [result(2), result(40), result(6)]
        self.assertEqual(paired.ratios(ours, theirs, targets.cpu_us), [0.5, 0.5, 0.5])

    def test_user_time_is_the_exact_total_split_by_the_ticks_of_all_rounds(self):
        rounds = [result(8, user_ticks=1, system_ticks=3), result(8, user_ticks=3, system_ticks=9)]
        self.assertAlmostEqual(paired.user_us(rounds), 2.0)


class Verdicts(unittest.TestCase):
    target = targets.Target("items", "CPU", targets.cpu_us, 0.6, "hyper")

    def word(self, *ours):
        return self.word_beside({}, *ours)

    def word_beside(self, counts, *ours):
        results = {("items", "capricorn"): [result(value) for value in ours],
                   ("items", "hyper"): [result(10)] * len(ours)}
        return targets.judge(self.target, results, counts).word

    def test_need_the_whole_interval_on_one_side(self):
        self.assertEqual(self.word(4, 5, 6), "pass")
        self.assertEqual(self.word(5, 5, 7), "open")
        self.assertEqual(self.word(7, 8, 9), "FAIL")

    def test_near_the_limit_are_the_counts(self):
        def counts(instructions, calls):
            return {("items", "capricorn"): (instructions, calls), ("items", "hyper"): (1000, 3.0)}
        self.assertEqual(self.word_beside(counts(600, 3.0), 6, 6.1, 6.2), "pass by counts")
        self.assertEqual(self.word_beside(counts(601, 3.0), 6, 6.1, 6.2), "FAIL by counts")
        self.assertEqual(self.word_beside(counts(600, 4.0), 6, 6.1, 6.2), "FAIL by counts")
        self.assertEqual(self.word_beside(counts(600, 3.0), 8, 8.1, 8.2), "FAIL")
        self.assertEqual(self.word_beside(counts(900, 9.0), 4, 4.1, 4.2), "pass")

    def test_are_none_without_a_measurement(self):
        self.assertIsNone(targets.judge(self.target, {}, {}))
        self.assertIn("not measured", targets.check({}, {})[0])

    def test_fail_where_requests_did_whatever_they_cost(self):
        results = {("plaintext", "capricorn"): [result(0.1, errors=7)] * 6,
                   ("plaintext", "nginx"): [result(10)] * 6}
        text, good = targets.check(results, {})
        self.assertIn("| 0.010 [0.010, 0.010] | FAIL, 42 errors |", text)
        self.assertFalse(good)

    def test_say_no_interval_of_what_all_rounds_tell_together(self):
        text, _ = targets.check({("plaintext", "capricorn"): [result(2), result(4)]}, {})
        self.assertIn("| plaintext | user CPU | – | 0.8 µs | 0.750 | pass | – |", text)

    def test_fail_the_whole_where_one_fails(self):
        results = {("start", "capricorn"): [{"milliseconds": 6.0}]}
        self.assertFalse(targets.check(results, {})[1])


class Tables(unittest.TestCase):
    def setUp(self):
        latency = {"p50": 50.0, "p90": 80.0, "p99": 900.0, "p99.9": 5000.0}
        self.results = {
            ("plaintext", "capricorn"): [result(6)] * 6, ("plaintext", "nginx"): [result(8)] * 6,
            ("plaintext", "fastapi"): [result(90)] * 6,
            ("latency", "capricorn"): [result(9, latency_us=latency)] * 6,
            ("latency", "node"): [result(30, latency_us=latency, unsent=900)] * 6,
            ("idle", "capricorn"): [result(6, bytes=400.0, busy_ratio=1.01)] * 6,
        }
        self.options = SimpleNamespace(rounds=6, seconds=1, connections=64)

    def test_say_ratios_and_what_is_odd(self):
        text = report.table(self.results, {("json", "bun"): "it ended"}, list(SCENARIOS),
                            ["capricorn", "nginx", "fastapi", "node"])
        self.assertIn("| nginx | 1,000 | 8.00 | 2.00 | 6.00 | 0.750 [0.750, 0.750] |", text)
        self.assertIn("cannot keep up", text)
        self.assertIn("busy ones × 1.010", text)
        self.assertIn("- json, bun: it ended", text)

    def test_say_95_percent_of_six_rounds_and_more(self):
        for rounds, word in ((1, "range"), (5, "range"), (6, "95 %")):
            results = {("plaintext", peer): [result(6)] * rounds for peer in ("capricorn", "nginx")}
            text = report.table(results, {}, ["plaintext"], ["capricorn", "nginx"])
            self.assertIn(f"| capricorn/this, {word} |", text)
            self.assertIn(f"| measured, {word} |", targets.check(results, {})[0])

    def test_matrix_has_what_was_measured(self):
        text = report.matrix(self.results, ["plaintext", "json", "latency"],
                             ["capricorn", "nginx", "go"])
        self.assertEqual(text.splitlines()[2:], ["| capricorn | 6.00 (1.50) |",
                                                 "| nginx | 8.00 (2.00) |"])

    def test_fill_what_is_between_the_marks_of_a_document(self):
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder, "page.md")
            document.write_text("a\n<!-- x -->\nold\n<!-- /x -->\nb\n")
            for words in ("new\n\nlines\n", "newer"):
                report.fill(document, "x", words)
            self.assertEqual(document.read_text(), "a\n<!-- x -->\nnewer\n<!-- /x -->\nb\n")
            with self.assertRaises(SystemExit):
                report.fill(document, "y", "")

    def test_pictures_are_whole_and_name_every_peer(self):
        whole = report.report(report.Findings({"capricorn": "1", "nginx": "2"}, self.results, {}), self.options)
        words = {element.text for element in
                 ElementTree.fromstring(figure.draw(whole)).iter("{http://www.w3.org/2000/svg}text")}
        self.assertLessEqual({"capricorn", "nginx", "fastapi", "node", "plaintext", "idle"}, words)

    def draw(self, results):
        whole = report.report(report.Findings({}, results, {}), self.options)
        return [element.text for element in ElementTree.fromstring(figure.draw(whole)).iter(
            "{http://www.w3.org/2000/svg}text")]

    def test_pictures_of_what_weighs_nothing_are_drawn(self):
        self.assertIn("idle", self.draw({("idle", "limit"): [result(6, bytes=0.0)]}))

    def test_pictures_have_powers_of_ten_below_one(self):
        start = {"operations": 5, "per_second": 1.0, "milliseconds": 0.4}
        words = self.draw({("start", "limit"): [start]})
        self.assertIn("0.1 ms", words)
        self.assertNotIn("0 ms", words)

    def test_pictures_have_the_end_of_a_long_name(self):
        words = self.draw({("plaintext", "before-build+libmimalloc"): [result(6)]})
        self.assertIn("…ild+libmimalloc", words)

    def test_pictures_mark_whose_requests_failed(self):
        words = self.draw({("plaintext", "capricorn"): [result(6)], ("plaintext", "go"): [result(7, errors=1)]})
        self.assertIn("7.00 ‡", words)
        self.assertIn("6.00", words)
        self.assertIn("‡ Requests failed: the figure says little.", words)

    def test_labels_of_curves_stand_above_the_axis(self):
        curve = SimpleNamespace(title="memory", axis="idle", unit="bytes", points=(1, 10))
        low = {peer: [(point, size, None) for point in curve.points]
               for peer, size in (("hyper", 11_000), ("nginx", 525), ("uwebsockets", 254),
                                  ("capricorn", 239))}
        drawn = ElementTree.fromstring(curve_figure.draw([(curve, low)]))
        axis = max(float(element.get("y1")) for element in drawn.iter("{http://www.w3.org/2000/svg}line"))
        labels = [float(element.get("y")) for element in drawn.iter("{http://www.w3.org/2000/svg}text")
                  if element.text.split(" ")[0] in low]
        self.assertEqual(len(labels), 4)
        self.assertLessEqual(max(labels), axis + 5)
        self.assertEqual(len(set(labels)), 4)

    def test_curves_of_what_weighs_nothing_are_written(self):
        loader = SourceFileLoader("curves", str(LOADTEST / "curves"))
        curves = module_from_spec(spec_from_loader("curves", loader))
        loader.exec_module(curves)
        rounds = {("memory", "nginx", point): [{"bytes": 0.0}] * 3 for point in (1000, 3000, 10_000)}
        summary = curves.summarise("memory", rounds)
        self.assertIn("| 3,000 | 0.00 · – |", curves.table("memory", summary))
        ElementTree.fromstring(curve_figure.draw([(curves.CURVES["memory"], summary)]))

    def test_pictures_of_curves_are_whole(self):
        curve = SimpleNamespace(title="more of them", axis="routes", unit="µs", points=(0, 10, 100))
        rows = [(point, 6.0, None) for point in curve.points]
        drawn = curve_figure.draw([(curve, {"capricorn": rows, "nginx": rows})])
        self.assertEqual(len(ElementTree.fromstring(drawn).findall(
            "{http://www.w3.org/2000/svg}polyline")), 2)


class Builds(unittest.TestCase):
    def test_have_names_of_their_own(self):
        known = dict(PEERS)
        try:
            names = add_builds("/a/build,/b/build,/c/nginx,/c/nginx:libmimalloc.so.2")
            self.assertEqual(names, ["build", "b-build", "c-nginx", "nginx+libmimalloc"])
            self.assertIs(PEERS["nginx"], known["nginx"])
            self.assertEqual(PEERS["b-build"].build, Path("/b/build"))
        finally:
            PEERS.clear()
            PEERS.update(known)


class Scenarios(unittest.TestCase):
    def test_ask_for_what_some_peer_has_and_the_sentences_know(self):
        for scenario in SCENARIOS.values():
            self.assertIn(scenario.feature, LACKS)
            self.assertIn(scenario.feature, PEERS["capricorn"].features)

    def test_are_in_groups_that_exist(self):
        for members in GROUPS.values():
            self.assertLessEqual(set(members), set(SCENARIOS))
        self.assertEqual(choice(list(SCENARIOS), GROUPS)("files,tls"), [*GROUPS["files"], "tls"])

    def test_send_as_much_as_they_say(self):
        self.assertEqual(len(item_document()), 1024)
        self.assertEqual(sum(len(line) + 2 for line in BROWSER), 455)


if __name__ == "__main__":
    unittest.main()
