#!/usr/bin/env python3
"""Compare purport with other text classifiers as whole processes, from CSV on disk to a model and to labels.

    pip install scikit-learn vowpalwabbit
    apt-get install fasttext time
    cargo build --release
    scripts/bench/generate.py --rows 20000 --sentences 4 --out bench-data
    scripts/bench/run.py --data bench-data

What is not installed is left out. A table in Markdown goes to standard output: the median CPU seconds and the
greatest memory of each whole job (the conversion that a tool needs included) and macro-F1, on one thread.
"""
import argparse
import csv
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

csv.field_size_limit(1 << 30)
ME = os.path.abspath(__file__)
ROOT = os.path.join(os.path.dirname(ME), "..", "..")
WORD = re.compile(r"[^\W_]+")


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(row["label"], row["text"]) for row in csv.DictReader(file)]


# ---- parts of the other tools' jobs, each a process of its own ----

def sk_train(kind, ngrams, train, model):
    import pickle
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    labels, texts = zip(*rows(train))
    vectorizer = TfidfVectorizer(ngram_range=(1, int(ngrams)), sublinear_tf=True)
    matrix = vectorizer.fit_transform(texts)
    estimator = {"lbfgs": lambda: LogisticRegression(C=10.0, max_iter=1000),
                 "sgd": lambda: SGDClassifier(loss="log_loss", alpha=1e-5, random_state=0)}[kind]()
    with open(model, "wb") as file:
        pickle.dump((vectorizer, estimator.fit(matrix, labels)), file, protocol=5)


def sk_score(test, model, out):
    import pickle
    with open(model, "rb") as file:
        vectorizer, estimator = pickle.load(file)
    labels = estimator.predict(vectorizer.transform([text for _, text in rows(test)]))
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(label + "\n" for label in labels)


def convert(kind, source, names, out):
    data = rows(source)
    if not os.path.exists(names):
        with open(names, "w") as file:
            json.dump(sorted({label for label, _ in data}), file)
    with open(names) as file:
        number = {label: i + 1 for i, label in enumerate(json.load(file))}
    with open(out, "w", encoding="utf-8") as file:
        for label, text in data:
            head = f"__label__{number.get(label, 1)} " if kind == "fasttext" else f"{number.get(label, 1)} |t "
            file.write(head + " ".join(WORD.findall(text.lower())) + "\n")


# ---- the tools: commands to train and to score ----

def tools(args, classes, tmp):
    python = [sys.executable, ME]
    train, test = (os.path.join(args.data, name + ".csv") for name in ("train", "test"))
    at = lambda name: os.path.join(tmp, name)
    n = str(args.ngrams)
    purport = os.path.join(ROOT, "target", "release", "purport")
    found = {"purport": (
        [[purport, "train", train, "-o", at("p"), "--calibration", "none", "--ngrams", n, "--threads", "1", "-q"]],
        [[purport, "score", "--split", "none", "--format", "labels", "--model", at("p"), "-o", at("out"), "--threads", "1", "-q", test]])}
    have = lambda module: subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0
    if have("sklearn"):
        for kind in ("lbfgs", "sgd"):
            found[f"scikit-learn {kind}"] = (
                [python + ["sk_train", kind, n, train, at("sk")]], [python + ["sk_score", test, at("sk"), at("out")]])
    if have("vowpalwabbit"):
        vw = [sys.executable, "-m", "vowpalwabbit", "--quiet"]
        found["Vowpal Wabbit"] = (
            [python + ["convert", "vw", train, at("names"), at("vw.train")],
             vw + ["-d", at("vw.train"), "-f", at("vw"), "--oaa", str(classes), "--loss_function", "logistic", "-b", "20",
                   "--ngram", "t" + n, "--passes", "10", "--cache_file", at("vw.cache"), "-k", "--holdout_off"]],
            [python + ["convert", "vw", test, at("names"), at("vw.test")],
             vw + ["-t", "-i", at("vw"), "-d", at("vw.test"), "-p", at("out")]])
    if shutil.which("fasttext"):
        found["fastText"] = (
            [python + ["convert", "fasttext", train, at("names"), at("ft.train")],
             ["fasttext", "supervised", "-input", at("ft.train"), "-output", at("ft"), "-dim", "10", "-lr", "0.5", "-epoch", "25",
              "-wordNgrams", n, "-minCount", "1", "-bucket", "2000000", "-thread", "1", "-verbose", "0"]],
            [python + ["convert", "fasttext", test, at("names"), at("ft.test")],
             ["sh", "-c", f"fasttext predict {at('ft')}.bin {at('ft.test')} > {at('out')}"]])
    return found


def measure(command):
    """CPU seconds and MB of a process and its children."""
    done = subprocess.run([shutil.which("time"), "-f", "%U %S %M"] + command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    user, system, kilobytes = done.stderr.split()[-3:]
    return float(user) + float(system), float(kilobytes) / 1024


def job(commands, repeats):
    runs = [[measure(command) for command in commands] for _ in range(repeats)]
    cpu = statistics.median(sum(cpu for cpu, _ in run) for run in runs)
    return cpu, max(memory for run in runs for _, memory in run)


def macro_f1(gold, given):
    scores = []
    for label in set(gold):
        right = sum(g == label == p for g, p in zip(gold, given))
        scores.append(2 * right / (gold.count(label) + given.count(label)))
    return sum(scores) / len(scores)


def predictions(path, names):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]
    if not os.path.exists(names):
        return lines
    with open(names) as file:
        labels = json.load(file)
    number = lambda line: line.replace("__label__", "").split()[0]
    return [labels[int(float(number(line))) - 1] if number(line).replace(".", "").isdigit() else line for line in lines]


def machine():
    try:
        with open("/proc/cpuinfo") as file:
            name = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.machine()
    return f"{os.cpu_count()} × {name}"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--data", required=True, help="directory with train.csv and test.csv")
    args.add_argument("--ngrams", type=int, default=2)
    args.add_argument("--repeats", type=int, default=5)
    args = args.parse_args()
    gold = [label for label, _ in rows(os.path.join(args.data, "test.csv"))]
    train = rows(os.path.join(args.data, "train.csv"))
    size = os.path.getsize(os.path.join(args.data, "train.csv")) / 1e6
    print(f"{len(train)} and {len(gold)} rows, {len(set(gold))} labels, {size:.1f} MB to train on, 1 to {args.ngrams} words a term; "
          f"{machine()}; {datetime.date.today()}; median of {args.repeats}\n")
    print("| tool | train, CPU s | train, MB | score, CPU s | score, MB | macro-F1 |")
    print("|---|---|---|---|---|---|")
    classes = len({label for label, _ in train})
    with tempfile.TemporaryDirectory() as tmp:
        for name, (train_commands, score_commands) in tools(args, classes, tmp).items():
            trained = job(train_commands, args.repeats)
            scored = job(score_commands, args.repeats)
            f1 = macro_f1(gold, predictions(os.path.join(tmp, "out"), os.path.join(tmp, "names")))
            print(f"| {name} | {trained[0]:.2f} | {trained[1]:.0f} | {scored[0]:.2f} | {scored[1]:.0f} | {100 * f1:.1f} |", flush=True)


if __name__ == "__main__":
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    if part in ("sk_train", "sk_score", "convert"):
        globals()[part](*sys.argv[2:])
    else:
        main()
