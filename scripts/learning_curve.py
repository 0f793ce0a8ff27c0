#!/usr/bin/env python3
"""Train on ever more pages of data/train and evaluate each model: a table, and a picture of the curve.

    scripts/learning_curve.py --binary target/release/purport data/test [MORE.csv ...] [--svg curve.svg]

Each test set is a labelled CSV file or a directory of them. Pages are taken in an order shuffled by a fixed seed; each size is the
mean over three such orders. What another doubling would bring is read off the last step.
"""
import argparse
import csv
import glob
import json
import os
import random
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SEEDS = (1, 2, 3)
# As scripts/train_builtin.sh trains the shipped model.
OPTIONS = ("--alpha", "0.5", "--min-articles", "2", "--max-features", "38000")


def pages():
    by_article = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "data", "train", "*.csv"))):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                by_article.setdefault(row["article"], []).append(row)
    return by_article


def files(path):
    return sorted(glob.glob(os.path.join(path, "*.csv"))) if os.path.isdir(path) else [path]


def figures(binary, by_article, names, tests, directory):
    train = os.path.join(directory, "train.csv")
    model = os.path.join(directory, "m.safetensors")
    with open(train, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["article", "position", "label", "text"])
        for name in names:
            writer.writerows([r["article"], r["position"], r["label"], r["text"]] for r in by_article[name])
    subprocess.run([binary, "train", train, "-o", model, "--quiet", *OPTIONS], check=True)
    result = []
    for test in tests:
        report = subprocess.run([binary, "eval", "--quiet", "--model", model, "--format", "json", *files(test)],
                                check=True, stdout=subprocess.PIPE, text=True).stdout
        report = json.loads(report)
        result.append((report["macro_f1"]["value"], report["accuracy"]["value"]))
    return result


def svg(sizes, names, rows, path):
    """Macro-F1 over pages, the horizontal axis by doublings, each line named at its end."""
    width, height, left, top = 640, 320, 60, 20
    low, high = 0.4, 0.95
    x = lambda i: left + i * (width - left - 150) / max(1, len(sizes) - 1)
    y = lambda v: top + (high - v) / (high - low) * (height - top - 50)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           "<style>text{fill:#333} .grid{stroke:#ccc} @media (prefers-color-scheme: dark){text{fill:#ddd} .grid{stroke:#555}}</style>"]
    for tick in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        out.append(f'<line class="grid" x1="{left}" x2="{width - 150}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
                   f'<text x="{left - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick}</text>')
    for i, size in enumerate(sizes):
        out.append(f'<text x="{x(i):.1f}" y="{height - 28}" text-anchor="middle">{size}</text>')
    out.append(f'<text x="{left}" y="{height - 8}">pages of training data; macro-F1</text>')
    for t, (name, color) in enumerate(zip(names, ("#0072b2", "#d55e00", "#009e73", "#cc79a7"))):
        points = [(x(i), y(row[t][0])) for i, row in enumerate(rows)]
        out.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="'
                   + " ".join(f"{a:.1f},{b:.1f}" for a, b in points) + '"/>')
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{color}"/>' for a, b in points]
        out.append(f'<text x="{points[-1][0] + 8:.1f}" y="{points[-1][1] + 4:.1f}" style="fill:{color}">{name} {rows[-1][t][0]:.3f}</text>')
    out.append("</svg>\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--svg")
    parser.add_argument("tests", nargs="+")
    arguments = parser.parse_args()
    by_article = pages()
    total = len(by_article)
    sizes = [size for size in (total // 64, total // 32, total // 16, total // 8, total // 4, total // 2, total) if size >= 8]
    names = [os.path.splitext(os.path.basename(test.rstrip("/")))[0] for test in arguments.tests]
    print("| pages | " + " | ".join(f"{name} macro-F1 | {name} accuracy" for name in names) + " |")
    print("|---|" + "---|" * (2 * len(names)))
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        for size in sizes:
            runs = []
            for seed in SEEDS if size < total else SEEDS[:1]:
                order = sorted(by_article)
                random.Random(seed).shuffle(order)
                runs.append(figures(os.path.abspath(arguments.binary), by_article, order[:size], arguments.tests, directory))
            mean = [tuple(sum(run[t][k] for run in runs) / len(runs) for k in (0, 1)) for t in range(len(names))]
            rows.append(mean)
            print(f"| {size} | " + " | ".join(f"{f1:.3f} | {accuracy:.3f}" for f1, accuracy in mean) + " |", flush=True)
    if arguments.svg:
        svg(sizes, names, rows, arguments.svg)


if __name__ == "__main__":
    main()
