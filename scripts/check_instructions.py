#!/usr/bin/env python3
"""Count the instructions of three fixed jobs and compare them with benches/baseline.toml.

    scripts/check_instructions.py             fails where a job grew by more than 5 %
    scripts/check_instructions.py --update    writes the baseline

Times on shared machines are noise; instructions, counted by `valgrind --tool=callgrind`, are the same to a
tenth of a percent (hash seeds are random). Another compiler or target gives other numbers: update then.
"""
import argparse
import csv
import os
import random
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BASELINE = os.path.join(ROOT, "benches", "baseline.toml")
ALLOWED = 1.05


def write_rows(path, rows, seed):
    """Labelled rows of made-up words, some of which tell the label: the same on every machine."""
    rng = random.Random(0)
    words = ["".join(rng.choice("bcdfglmnprst") + rng.choice("aeiou") for _ in range(rng.randint(1, 4))) for _ in range(5000)]
    rng.seed(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["label", "text"])
        for _ in range(rows):
            label = rng.randrange(5)
            # Few words are frequent, as in life; every fourth comes from the label's own part.
            picked = [int(5000 * rng.random() ** 3) for _ in range(rng.randint(5, 40))]
            text = [words[(at // 5 * 5 + label) % 5000 if at % 4 == 0 else at] for at in picked]
            out.writerow([f"label{label}", " ".join(text).capitalize() + "."])


def jobs(tmp):
    """Fit, score rows, score one article; on data made here, so that nothing else moves the numbers."""
    model, train, test = (os.path.join(tmp, name) for name in ("model", "train.csv", "test.csv"))
    write_rows(train, 4000, 1)
    write_rows(test, 8000, 2)
    return {
        "train": ["train", train, "-o", model, "--calibration", "none", "--alpha", "0.3", "--stem", "on", "--mask", "on"],
        "score": ["score", "--split", "none", "--format", "labels", "--model", model, "-o", os.path.join(tmp, "labels"), test],
        "article": ["score", "--format", "jsonl", "--model", model, "-o", os.path.join(tmp, "article.jsonl"), "data/articles/harbour.txt"],
    }


def count(binary, arguments):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", binary, *arguments, "--threads", "1", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return int(found[1])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--binary", default="target/release/purport")
    args.add_argument("--update", action="store_true")
    args = args.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as tmp:
        counts = {name: count(os.path.abspath(args.binary), arguments) for name, arguments in jobs(tmp).items()}
    if args.update:
        with open(BASELINE, "w") as file:
            file.write("# Instructions of fixed jobs, counted and written by scripts/check_instructions.py --update.\n")
            file.writelines(f"{name} = {number}\n" for name, number in counts.items())
        return
    with open(BASELINE, "rb") as file:
        baseline = tomllib.load(file)
    grown = 0
    for name, number in counts.items():
        ratio = number / baseline[name]
        grown += ratio > ALLOWED
        print(f"{name:<8} {number:>14} instructions, {100 * (ratio - 1):+.2f} % of the baseline")
    sys.exit(f"{grown} jobs grew by more than 5 %: find out why, or --update the baseline and say why" if grown else 0)


if __name__ == "__main__":
    main()
