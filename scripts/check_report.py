#!/usr/bin/env python3
"""Compute the figures of a report once more, with scikit-learn and SciPy, and compare.

    pip install scikit-learn==1.9.1
    scripts/check_report.py --binary target/release/purport [--model MODEL] TEST.csv...

The labels and probabilities come from `purport score --format csv`, the figures to be checked from
`purport eval --format json`. Values must agree to 1e-9 (the probabilities are read back from decimal text), counts exactly;
Wilson's intervals to 1e-9; the bounds of a bootstrap interval to a fifth of its width, for its random numbers are others.
"""
import argparse
import csv
import io
import json
import math
import subprocess
import sys
import warnings

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics

import metric_cases

TOLERANCE = 1e-9
RESAMPLES = 1000


def run(arguments, *more):
    command = [arguments.binary, *more, *arguments.files]
    if arguments.model:
        command += ["--model", arguments.model]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout


def read(arguments):
    text = run(arguments, "score", "--split", "none", "--format", "csv", "--quiet")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [row for row in rows if row["input_label"].strip()]


class Check:
    def __init__(self):
        self.count = 0
        self.failed = []

    def equal(self, name, found, expected, tolerance=TOLERANCE):
        self.count += 1
        undefined = found is None or expected is None or math.isnan(expected)
        if undefined:
            same = found is None and (expected is None or math.isnan(expected))
        else:
            same = abs(found - expected) <= tolerance
        if not same:
            self.failed.append(f"{name}: the report has {found}, expected {expected}")


def articles(rows):
    """Rows of each article."""
    groups = {}
    for number, row in enumerate(rows):
        groups.setdefault(row["article"], []).append(number)
    return [np.array(group) for group in groups.values()]


def bootstrap(check, name, figure, groups, value):
    interval = figure["interval"]
    if len(groups) < 2 or interval is None:
        return
    random = np.random.default_rng(1)
    draws = []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(groups), len(groups))
        draws.append(value(np.concatenate([groups[i] for i in drawn])))
    low, high = np.percentile(draws, [2.5, 97.5])
    fifth = (high - low) / 5
    check.equal(f"{name}, lower bound", interval["low"], low, fifth)
    check.equal(f"{name}, upper bound", interval["high"], high, fifth)


def wilson(check, name, figure, part, whole):
    if "wilson" in figure and figure["wilson"]:
        expected = binomtest(part, whole).proportion_ci(method="wilson")
        check.equal(f"{name}, Wilson low", figure["wilson"]["low"], float(expected.low))
        check.equal(f"{name}, Wilson high", figure["wilson"]["high"], float(expected.high))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--model")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    report = json.loads(run(arguments, "eval", "--format", "json", "--quiet"))
    rows = read(arguments)
    # The reference takes the last label for `none`.
    order = [label for label in report["labels"] if label != "none"] + ["none"]
    gold = [order.index(row["input_label"].strip()) for row in rows]
    probabilities = [[float(row[f"p_{label}"]) for label in order] for row in rows]
    given = [int(np.argmax(p)) for p in probabilities]
    check = Check()
    check.equal("rows", report["rows"], len(rows), 0)
    named = {name: report[name] for name in report if isinstance(report[name], dict) and "value" in report[name]}
    for kind, mean in report["averages"].items():
        named |= {f"{kind}_{of}": figure for of, figure in mean.items()}
    for of in report["by_label"]:
        number = order.index(of["label"])
        named |= {f"{name}.{number}": figure for name, figure in of.items() if isinstance(figure, dict)}
    expected = metric_cases.figures(len(order), gold, probabilities)
    for name, value in expected.items():
        check.equal(name, named[name]["value"], value)
    missing = set(named) - set(expected)
    if missing:
        check.failed.append(f"not computed here: {sorted(missing)}")
    matrix = metrics.confusion_matrix(gold, given, labels=[order.index(label) for label in report["labels"]])
    for i, found in enumerate(report["confusion"]["counts"]):
        for j, count in enumerate(found):
            check.equal(f"confusion {i} {j}", count, int(matrix[i][j]), 0)
    right = np.array([g == p for g, p in zip(gold, given)])
    wilson(check, "accuracy", report["accuracy"], int(right.sum()), len(right))
    for of in report["by_label"]:
        number = order.index(of["label"])
        both = sum(g == p == number for g, p in zip(gold, given))
        wilson(check, f"precision {of['label']}", of["precision"], both, given.count(number))
        wilson(check, f"recall {of['label']}", of["recall"], both, gold.count(number))
    groups = articles(rows)
    check.equal("articles", report["articles"], len(groups), 0)
    gold, given, probabilities = np.array(gold), np.array(given), np.array(probabilities)
    bootstrap(check, "accuracy", report["accuracy"], groups, lambda i: right[i].mean())
    bootstrap(check, "macro_f1", report["macro_f1"], groups, lambda i: metrics.f1_score(
        gold[i], given[i], labels=np.unique(gold[i]), average="macro"))
    bootstrap(check, "log_loss", report["log_loss"], groups, lambda i: metrics.log_loss(
        gold[i], probabilities[i], labels=range(len(order))))
    for failure in check.failed:
        print(failure, file=sys.stderr)
    print(f"{len(rows)} rows of {len(groups)} articles: {check.count} figures compared, {len(check.failed)} differ")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
