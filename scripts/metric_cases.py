#!/usr/bin/env python3
"""Record what scikit-learn says of 10,000 random evaluations, for the tests of the metrics.

    pip install scikit-learn==1.9.1
    scripts/metric_cases.py > tests/golden/metric_cases.csv

A case is drawn by the generator below from its number alone, so that the file holds results only. One line a case:
its number; in hexadecimal, which of its figures are defined, a bit each, in the order of their names; the sum of those
figures, each with a weight of its own; and of the first cases each figure by itself. tests/metric_cases.rs draws the same cases. Where
scikit-learn gives a number for what is undefined here, or has no such figure, the reference is written out in
this file:

* macro and weighted means leave out labels without rows and labels whose figure has no denominator
  (`zero_division=nan`);
* MCC of constant labels or predictions is undefined (scikit-learn: 0), kappa where chance explains everything (nan);
* the average precision of a label without rows is undefined (0);
* calibration errors are over bins of equal mass that never part equal scores; the risk-coverage area takes rows of
  equal confidence in random order, in the mean.
"""
import math
import sys
import warnings

import numpy as np
from sklearn import metrics

CASES = 10_000
MASK = (1 << 64) - 1
BINS = 15
WRITTEN_OUT = 200  # cases


class SplitMix64:
    def __init__(self, state):
        self.state = state & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.next() * n) >> 64


def draw(number):
    """Labels and probabilities of a case: ties, labels without rows, certain mistakes and constant
    predictions are all frequent."""
    random = SplitMix64(number)
    classes = 2 + random.below(4)
    rows = 1 + random.below(30)
    used = 1 + random.below(classes)  # gold labels come from so many
    grain = (2, 4, 1000)[random.below(3)]  # coarse probabilities tie
    skill = random.below(3)
    gold, probabilities = [], []
    for _ in range(rows):
        label = random.below(used)
        parts = [random.below(grain + 1) for _ in range(classes)]
        if random.below(3) < skill:
            parts[label] += grain
        if sum(parts) == 0:
            parts[0] = 1
        total = sum(parts)
        gold.append(label)
        probabilities.append([part / total for part in parts])
    return classes, gold, probabilities


def nan(value):
    return math.nan if value is None else float(value)


def groups(scores, truths, descending):
    """Equal scores together: (score, true ones, all)."""
    order = sorted(set(scores), reverse=descending)
    return [(s, sum(t for x, t in zip(scores, truths) if x == s), scores.count(s)) for s in order]


def calibration_error(scores, truths):
    n = len(scores)
    bins = min(BINS, n)
    sums = {}
    before = 0
    for score, true, count in groups(scores, truths, False):
        held = sums.setdefault(before * bins // n, [0.0, 0])
        held[0] += score * count
        held[1] += true
        before += count
    return sum(abs(s - t) for s, t in sums.values()) / n


def risk_coverage_area(scores, rights):
    risks, n, wrong = [], 0, 0.0
    for _, right, count in groups(scores, rights, True):
        for taken in range(1, count + 1):
            risks.append((wrong + (count - right) * (taken / count)) / (n + taken))
        n += count
        wrong += count - right
    return sum(risks) / len(risks)


def constant(values):
    return len(set(values)) == 1


def figures(classes, gold, probabilities):
    p = np.array(probabilities)
    given = [int(np.argmax(row)) for row in p]
    labels = list(range(classes))
    present = sorted(set(gold))
    both = sorted(set(gold) | set(given))
    out = {"accuracy": metrics.accuracy_score(gold, given),
           "balanced_accuracy": metrics.balanced_accuracy_score(gold, given)}
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            gold, given, labels=present, average=average, zero_division=np.nan)
        out |= {f"{average}_precision": precision, f"{average}_recall": recall, f"{average}_f1": f1}
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(gold, given, labels=both, average="micro")
    out |= {"micro_precision": precision, "micro_recall": recall, "micro_f1": f1}
    out["macro_f1_union"] = metrics.f1_score(gold, given, average="macro")
    # The last label stands for `none`.
    others = [c for c in present if c != classes - 1]
    out["macro_f1_labels"] = metrics.f1_score(gold, given, labels=others, average="macro") if others else None
    forced = [(g, int(np.argmax(row[:-1]))) for g, row in zip(gold, p) if g != classes - 1]
    out["macro_f1_forced"] = metrics.f1_score(*zip(*forced), labels=others, average="macro") if others else None
    out["mcc"] = None if constant(gold) or constant(given) else metrics.matthews_corrcoef(gold, given)
    out["kappa"] = None if both == [gold[0]] else metrics.cohen_kappa_score(gold, given)
    out["log_loss"] = metrics.log_loss(gold, p, labels=labels)
    out["brier"] = metrics.brier_score_loss(gold, p, labels=labels, scale_by_half=False)
    confidence = [float(row.max()) for row in p]
    right = [int(g == d) for g, d in zip(gold, given)]
    out["calibration_error"] = calibration_error(confidence, right)
    out["risk_coverage_area"] = risk_coverage_area(confidence, right)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        gold, given, labels=labels, zero_division=np.nan)
    areas, averages, errors = [], [], []
    for c in labels:
        truth = [int(g == c) for g in gold]
        score = [float(x) for x in p[:, c]]
        out |= {f"precision.{c}": precision[c], f"recall.{c}": recall[c], f"f1.{c}": f1[c]}
        area = None if constant(truth) else metrics.roc_auc_score(truth, score)
        average = metrics.average_precision_score(truth, score) if any(truth) else None
        error = calibration_error(score, truth)
        out |= {f"roc_auc.{c}": area, f"average_precision.{c}": average, f"calibration_error.{c}": error}
        areas.append(area)
        averages.append(average)
        errors.append(error)

    def mean(values):
        values = [v for v in values if v is not None]
        return sum(values) / len(values) if values else None

    out |= {"roc_auc": mean(areas), "average_precision": mean(averages),
            "classwise_calibration_error": mean(errors)}
    return {name: nan(value) for name, value in out.items()}


def weight(index):
    """Of the figure at that place in the alphabet: no two alike, so that errors do not cancel."""
    return 0.5 + math.modf((index + 1) * 0.6180339887498949)[0]


def main():
    warnings.filterwarnings("ignore")
    for number in range(CASES):
        found = figures(*draw(number))
        names = sorted(found)
        defined = [not math.isnan(found[name]) for name in names]
        mask = sum(1 << i for i, d in enumerate(defined) if d)
        total = sum(weight(i) * found[name] for i, name in enumerate(names) if defined[i])
        fields = [f"{mask:x}", repr(total)]
        if number < WRITTEN_OUT:
            fields += [repr(found[name]) if d else "-" for name, d in zip(names, defined)]
        print(number, *fields, sep=",")


if __name__ == "__main__":
    sys.exit(main())
