#!/usr/bin/env python3
"""Check data/train and data/test, and print the figures of the data card.

    scripts/check_corpus.py             # check; exit 1 if something is wrong
    scripts/check_corpus.py --card      # print the tables of data/README.md

Checked: columns, label values, article ids and positions, articles in one split only, sentences that stand
in more than one article (near-duplicates within and across splits), shares of the labels, agreement of the two
readings, and the rates of common words against those of real news pages.
"""
import argparse
import collections
import csv
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = ["article", "position", "label", "label_a", "label_b", "outlet", "subject", "text"]
LABELS = ["confirmation", "none", "promotional", "reported_claim", "skepticism"]
LEAST_SHARE = {"confirmation": 0.06, "none": 0.25, "promotional": 0.12, "reported_claim": 0.22, "skepticism": 0.07}
# Share of sentences that hold the word, in 763 sentences and lines of real news pages; the corpus may be between a
# third of it and three times as much. It is richer in confirmation and doubt on purpose.
REAL_RATES = {"said": 0.107, "told": 0.016, "according to": 0.021, "but": 0.067, "the": 0.494, "that": 0.190,
              "you": 0.055, "we": 0.046, "i": 0.028, "he": 0.087}
REAL_WORDS = 16.9
FACTOR = 4.2
# Sentences of so many words that are nearly the same in two articles are copies, not phrases of the trade.
COPY_WORDS = 9
COPY_JACCARD = 0.8


def read(split):
    rows = []
    for path in sorted(glob.glob(os.path.join(ROOT, "data", split, "*.csv"))):
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != COLUMNS:
                raise SystemExit(f"{path}:1: columns {reader.fieldnames}, expected {COLUMNS}")
            for row in reader:
                row["place"] = f"{os.path.relpath(path, ROOT)}:{reader.line_num}"
                row["split"] = split
                rows.append(row)
    return rows


def words(text):
    return re.findall(r"[\w']+", text.lower().replace("’", "'"))


def check_rows(rows):
    problems = []
    position = collections.defaultdict(int)
    splits = {}
    for row in rows:
        for column in ("label", "label_a", "label_b"):
            if row[column] not in LABELS and not (column == "label_b" and row[column] == ""):
                problems.append(f"{row['place']}: {column} is {row[column]!r}")
        if not re.fullmatch(r"a\d{4}", row["article"]):
            problems.append(f"{row['place']}: article id {row['article']!r}")
        if row["position"] != str(position[row["article"]]):
            problems.append(f"{row['place']}: position {row['position']}, expected {position[row['article']]}")
        position[row["article"]] += 1
        if splits.setdefault(row["article"], row["split"]) != row["split"]:
            problems.append(f"{row['place']}: article {row['article']} stands in both splits")
        if not row["text"].strip() or "\n" in row["text"]:
            problems.append(f"{row['place']}: text empty or of several lines")
    return problems


def shingles(tokens):
    return {tuple(tokens[i:i + 3]) for i in range(len(tokens) - 2)}


def check_copies(rows):
    """Pairs of long sentences of different articles that share most of their three-word runs."""
    problems = []
    seen = collections.defaultdict(list)
    for number, row in enumerate(rows):
        tokens = words(row["text"])
        if len(tokens) < COPY_WORDS:
            continue
        own = shingles(tokens)
        shared = collections.Counter(other for run in own for other in seen[run])
        for other, count in shared.items():
            if rows[other]["article"] == row["article"]:
                continue
            size = len(own | shingles(words(rows[other]["text"])))
            if count / size >= COPY_JACCARD:
                problems.append(f"{row['place']}: nearly the same as {rows[other]['place']}")
                break
        for run in own:
            seen[run].append(number)
    return problems


def check_shares(rows):
    counts = collections.Counter(row["label"] for row in rows)
    return [f"only {counts[label] / len(rows):.3f} of the sentences are {label}, expected {least}"
            for label, least in LEAST_SHARE.items() if counts[label] < least * len(rows)]


def rates(rows):
    texts = [" " + " ".join(words(row["text"])) + " " for row in rows]
    return {word: sum(f" {word} " in text for text in texts) / len(texts) for word in REAL_RATES}


def check_rates(rows):
    return [f"`{word}` stands in {rate:.3f} of the sentences, in real ones in {REAL_RATES[word]:.3f}"
            for word, rate in rates(rows).items()
            if not REAL_RATES[word] / FACTOR <= rate <= REAL_RATES[word] * FACTOR]


def kappa(pairs):
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n
    first = collections.Counter(a for a, _ in pairs)
    second = collections.Counter(b for _, b in pairs)
    expected = sum(first[value] * second[value] for value in first) / n / n
    return (observed - expected) / (1 - expected)


def agreement(rows):
    pairs = [(row["label_a"], row["label_b"]) for row in rows if row["label_b"]]
    lines = [f"{len(pairs)} of {len(rows)} sentences have two readings."]
    if pairs:
        same = sum(a == b for a, b in pairs) / len(pairs)
        lines += ["", "| | agreement | Cohen's kappa |", "|---|---|---|",
                  f"| all five values | {same:.3f} | {kappa(pairs):.3f} |"]
        for label in LABELS:
            of_label = [(a == label, b == label) for a, b in pairs]
            share = sum(a == b for a, b in of_label) / len(pairs)
            lines.append(f"| `{label}` | {share:.3f} | {kappa(of_label):.3f} |")
    return lines


def table(rows, column, values):
    lines = [f"| {column} | train | test |", "|---|---|---|"]
    for value in values:
        counts = [sum(r["split"] == split and r[column] == value for r in rows) for split in ("train", "test")]
        lines.append(f"| {value} | {counts[0]} | {counts[1]} |")
    return lines


def card(rows):
    lines = []
    for split in ("train", "test"):
        own = [row for row in rows if row["split"] == split]
        lines.append(f"{split}: {len(own)} sentences in {len({r['article'] for r in own})} pages; ")
    mean = sum(len(words(row["text"])) for row in rows) / len(rows)
    lines += ["", f"{mean:.1f} words a sentence.", ""]
    lines += table(rows, "label", LABELS) + [""] + agreement(rows) + [""]
    for column in ("outlet", "subject"):
        lines += table(rows, column, sorted({row[column] for row in rows})) + [""]
    lines += ["| word | corpus | real pages |", "|---|---|---|"]
    lines += [f"| {word} | {rate:.3f} | {REAL_RATES[word]:.3f} |" for word, rate in rates(rows).items()]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--card", action="store_true")
    arguments = parser.parse_args()
    rows = read("train") + read("test")
    if arguments.card:
        print("\n".join(card(rows)))
        return 0
    problems = check_rows(rows) + check_copies(rows) + check_shares(rows) + check_rates(rows)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"corpus: {len(rows)} sentences, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
