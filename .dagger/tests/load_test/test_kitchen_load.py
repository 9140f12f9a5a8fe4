"""kitchen_load's arithmetic: what counts, what percentiles are, what is hopeless."""

import random
import unittest

from hdrh.histogram import HdrHistogram
from kitchen_load.measurements import Generator, Recorder, Totals
from kitchen_load.thresholds import Threshold, Watch


def threshold(metric: str, limit: float, **more: object) -> Threshold:
    return Threshold(text=metric, metric=metric, limit=limit, inclusive=False, **more)  # type: ignore[arg-type]


def totals(milliseconds: list[float], failed: int = 0) -> Totals:
    found = Totals(began=0, start=0, planned=10)
    latencies = [round(each * 1000) for each in milliseconds]
    found.add([("GET", "/", 1, latencies, failed)], until=10)
    return found


class Measured(unittest.TestCase):
    def test_percentiles_are_those_of_the_sorted_list_to_a_thousandth(self) -> None:
        draw = random.Random(1)
        for _ in range(50):
            values = [draw.expovariate(1 / 80) + 0.1 for _ in range(draw.randint(1, 400))]
            series = totals(values).all
            for percent in (50, 90, 95, 99):
                rank = max(1, -(-len(values) * percent // 100))
                exact = sorted(values)[rank - 1]
                self.assertAlmostEqual(series.percentile(percent), exact, delta=exact * 0.002)

    def test_what_was_recorded_in_parts_is_what_was_recorded_at_once(self) -> None:
        draw = random.Random(2)
        whole, parts = Recorder(), [Recorder(), Recorder()]
        for _ in range(500):
            request = ("GET", "/", draw.uniform(0, 9), draw.uniform(1, 500), draw.random() < 0.1)
            whole.record(*request)
            draw.choice(parts).record(*request)
        one, other = (Totals(0, 3, 10) for _ in range(2))
        one.add(whole.take(), 10)
        for part in parts:
            other.add(part.take(), 10)
        self.assertEqual(one.all.describe(), other.all.describe())
        self.assertEqual(one.curves(9), other.curves(9))
        self.assertEqual(whole.take(), [])

    def test_only_what_began_after_the_warm_up_and_before_the_end_counts(self) -> None:
        found = Totals(began=100, start=105, planned=20)
        found.add([("GET", "/", second, [1000], 1) for second in range(100, 115)], until=109.5)
        self.assertEqual((found.all.requests, found.all.errors), (5, 5))
        self.assertEqual([point["at"] for point in found.curves(109.5)], list(range(9)))

    def test_a_long_test_has_few_points(self) -> None:
        found = Totals(began=0, start=0, planned=3600)
        found.add([("GET", "/", second, [1000] * 3, 0) for second in range(3600)], until=3600)
        self.assertEqual(len(found.curves(3600)), 300)
        self.assertEqual({point["requests"] for point in found.curves(3600)}, {3.0})

    def test_the_histogram_can_be_merged_by_others(self) -> None:
        one, other = totals([1, 2, 3]), totals([100])
        merged = HdrHistogram.decode(one.all.describe()["histogram"])
        merged.add(HdrHistogram.decode(other.all.describe()["histogram"]))
        self.assertEqual(merged.get_total_count(), 4)
        self.assertAlmostEqual(merged.get_max_value() / 1000, 100, delta=0.2)

    def test_the_busiest_process_over_five_seconds(self) -> None:
        calm = {second: 20.0 for second in range(20)}
        busy = {**calm, **{second: 100.0 for second in range(8, 12)}}
        self.assertEqual(Generator({"a": calm, "b": busy}).busiest(start=0), 84.0)
        self.assertEqual(Generator({"a": calm, "b": busy}).busiest(start=12), 20.0)
        self.assertEqual(Generator({"a": {0: 95.0}}).busiest(start=0), 95.0)
        self.assertEqual(Generator().busiest(start=0), 0.0)


class Judged(unittest.TestCase):
    def test_each_metric(self) -> None:
        found = totals([10, 20, 30, 40], failed=1)
        for metric, more, expected in [
            ("percentile", {"percent": 50.0}, 20),
            ("mean", {}, 25),
            ("max", {}, 40),
            ("errors", {}, 25),
            ("rps", {}, 2),
        ]:
            observed = threshold(metric, 0, **more).observe(found, elapsed=2)
            self.assertAlmostEqual(observed or 0, expected, delta=0.1, msg=metric)

    def test_the_limit_itself_is_within_only_when_it_is_said_so(self) -> None:
        for metric in ("mean", "rps"):
            strict = threshold(metric, 5)
            loose = Threshold(text="", metric=metric, limit=5, inclusive=True)
            self.assertEqual((strict.met(5), loose.met(5)), (False, True))
        self.assertTrue(threshold("mean", 5).met(4.9))
        self.assertFalse(threshold("rps", 5).met(4.9))

    def test_an_endpoint_that_was_never_asked_has_no_value(self) -> None:
        self.assertIsNone(threshold("max", 1, endpoint="GET /nowhere").observe(totals([1]), 1))
        self.assertEqual(threshold("max", 1, endpoint="GET /").observe(totals([1]), 1), 1)

    def test_hopeless_is_never_said_of_what_can_still_be_met(self) -> None:
        """Whatever comes first, with the best rest the throughput allows the condition holds."""
        draw = random.Random(3)
        said = 0
        for _ in range(150):
            planned, elapsed = 40, draw.randint(10, 39)
            done = draw.randint(20, 300)
            share = draw.choice([0.01, 0.05, 0.2, 1])
            values = [500.0 if draw.random() < share else 5.0 for _ in range(done)]
            failed = sum(draw.random() < share for _ in range(done))
            best = round(2 * done / elapsed * (planned - elapsed))
            for limit in (
                threshold("percentile", 100, percent=95.0),
                threshold("mean", 50),
                threshold("max", 100),
                threshold("errors", 5),
                threshold("rps", draw.choice([1, 5, 20])),
            ):
                cells = [("GET", "/", 1, [round(v * 1000) for v in values], failed)]
                found, watch = Totals(0, 0, planned), Watch(limit)
                found.add(cells, planned)
                watch.add(cells, 0)
                if not watch.hopeless(found, elapsed, planned):
                    continue
                said += 1
                found.add([("GET", "/", 2, [1000] * best, 0)], planned)
                value = limit.observe(found, planned)
                assert value is not None
                self.assertFalse(limit.met(value), (limit, value))
        self.assertGreater(said, 30)

    def test_few_requests_and_the_first_seconds_say_nothing(self) -> None:
        limit = threshold("max", 1)
        for count, elapsed, expected in ((19, 20, False), (20, 20, True), (20, 9, False)):
            watch, found = Watch(limit), totals([50.0] * count)
            watch.add([("GET", "/", 1, [50_000] * count, 0)], 0)
            self.assertIs(watch.hopeless(found, elapsed, planned=60), expected)


if __name__ == "__main__":
    unittest.main()
