#!/usr/bin/env python3
"""Make a labelled data set of any size from data/: texts of words sampled by label.

    scripts/bench/generate.py --rows 100000 --out bench-data

writes train.csv and test.csv (a quarter as many rows) with the header label,text. Each text is a
chain of words of the corpus's sentences with that label, each word drawn from those that followed
the one before, now and then from all words of all labels, so that labels overlap as they do in life.

With --terms N, train.csv has made-up words instead, each text twice, so that a model of N terms comes of it:

    scripts/bench/generate.py --terms 1000000 --out million
    purport train million/train.csv -o million.safetensors --calibration none --max-features 1000000
"""
import argparse
import csv
import glob
import os
import random
from collections import defaultdict

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def sentences():
    for path in sorted(glob.glob(os.path.join(ROOT, "data", "train", "*.csv"))):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield row["label"], row["text"].split()


class Sampler:
    def __init__(self, noise):
        self.noise = noise
        self.starts = defaultdict(list)
        self.following = defaultdict(list)
        self.lengths = []
        self.words = []
        for label, words in sentences():
            if not words:
                continue
            self.starts[label].append(words[0])
            self.lengths.append(len(words))
            self.words.extend(words)
            for one, two in zip(words, words[1:]):
                self.following[label, one].append(two)
        self.labels = sorted(self.starts)

    def text(self, label, length, rng):
        words = [rng.choice(self.starts[label])]
        while len(words) < length:
            after = self.following.get((label, words[-1]))
            if rng.random() < self.noise:
                words.append(rng.choice(self.words))
            elif after:
                words.append(rng.choice(after))
            else:
                words.append(rng.choice(self.starts[label]))
        return " ".join(words)


def write(path, sampler, rows, sentences_a_row, seed):
    rng = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["label", "text"])
        for _ in range(rows):
            label = rng.choice(sampler.labels)
            length = sum(rng.choice(sampler.lengths) for _ in range(sentences_a_row))
            out.writerow([label, sampler.text(label, length, rng)])


def write_made_up(path, terms, seed):
    """Texts of 40 made-up words of five labels, each text twice, so that no pair of words is pruned as rare."""
    rng = random.Random(seed)
    syllable = lambda: rng.choice("bcdfghjklmnprstvz") + rng.choice("aeiou")
    words = sorted({"".join(syllable() for _ in range(rng.randint(1, 4))) for _ in range(60_000)})
    rng.shuffle(words)
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["label", "text"])
        for _ in range(terms // 37):
            label = rng.randrange(5)
            # Few words are frequent, as in life.
            picked = (int(len(words) * rng.random() ** 3) // 5 * 5 + label for _ in range(40))
            text = " ".join(words[min(at, len(words) - 1)] for at in picked) + "."
            out.writerows([[f"label{label}", text]] * 2)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = args.add_mutually_exclusive_group(required=True)
    size.add_argument("--rows", type=int)
    size.add_argument("--terms", type=int, help="made-up words, for a model of so many terms")
    args.add_argument("--sentences", type=int, default=1, help="sentences a row is as long as (1)")
    args.add_argument("--noise", type=float, default=0.5, help="share of words of any label (0.5)")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--out", required=True)
    args = args.parse_args()
    os.makedirs(args.out, exist_ok=True)
    if args.terms:
        write_made_up(os.path.join(args.out, "train.csv"), args.terms, args.seed)
        return
    sampler = Sampler(args.noise)
    for name, rows, seed in (("train", args.rows, args.seed), ("test", args.rows // 4, args.seed + 1)):
        write(os.path.join(args.out, name + ".csv"), sampler, rows, args.sentences, seed)


if __name__ == "__main__":
    main()
