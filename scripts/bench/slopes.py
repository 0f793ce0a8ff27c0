#!/usr/bin/env python3
"""Say how the cost of training grows with the rows: instructions of reading terms and of a solver's step.

    cargo build --release
    scripts/bench/slopes.py                                   10,000 and 100,000 rows: 5 minutes
    scripts/bench/slopes.py --rows 10000 100000 1000000       half an hour more

Instructions are counted by `valgrind --tool=callgrind` on one thread, with two steps of the solver. Such a step is products
with X·Xᵀ and work in proportion to them: what is told is the cost of one product. The slope is log(cost
ratio) / log(rows ratio): 1 is a cost that grows as the rows do.
"""
import argparse
import collections
import math
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
STAGES = {"reading terms": "VectorizerParams::count", "vocabulary": "VectorizerParams::fit", "matrix": "Fitted::columns",
          "one product": "gram_product"}


def calls(path):
    """Number of calls and instructions, callees included, of every function that is called."""
    names, found, callee, count = {}, collections.defaultdict(lambda: [0, 0]), None, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("cfn="):
                number, _, name = line[4:].strip().partition(" ")
                callee = names[number] = name or names.get(number, "")
            elif line.startswith("fn="):
                number, _, name = line[3:].strip().partition(" ")
                if name:
                    names[number] = name
            elif line.startswith("calls="):
                count = int(line[6:].split()[0])
            elif count is not None:
                found[callee][0] += count
                found[callee][1] += int(line.split()[-1])
                count = None
    return found


def instructions(binary, data, tmp):
    out = os.path.join(tmp, "callgrind")
    command = ["valgrind", "--tool=callgrind", "--compress-pos=no", f"--callgrind-out-file={out}",
               binary, "train", data, "-o", os.path.join(tmp, "model"), "--calibration", "none", "--threads", "1",
               "--max-iterations", "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    found = calls(out)
    costs = {}
    for stage, name in STAGES.items():
        # Generic functions have their types after the name.
        some = [cost for function, cost in found.items() if re.search(rf"(?<![\w]){name}(?![\w])", function)]
        count, total = (sum(cost[i] for cost in some) for i in (0, 1))
        if not count:
            sys.exit(f"callgrind saw no call of {name}: is the program stripped?")
        costs[stage] = total / count if stage == "one product" else total
    costs["vectorising in all"] = sum(cost for stage, cost in costs.items() if stage != "one product")
    return costs


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--binary", default=os.path.join(ROOT, "target", "release", "purport"))
    args.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    args = args.parse_args()
    print("| rows | stage | million instructions | slope |\n|---|---|---|---|")
    before = {}
    with tempfile.TemporaryDirectory() as tmp:
        for rows in sorted(args.rows):
            data = os.path.join(tmp, str(rows))
            subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), "--rows", str(rows), "--out", data], check=True)
            costs = instructions(args.binary, os.path.join(data, "train.csv"), tmp)
            for stage, cost in costs.items():
                slope = "–"
                if stage in before:
                    then, old = before[stage]
                    slope = f"{math.log(cost / old) / math.log(rows / then):.3f}"
                before[stage] = rows, cost
                print(f"| {rows} | {stage} | {cost / 1e6:.2f} | {slope} |", flush=True)


if __name__ == "__main__":
    main()
