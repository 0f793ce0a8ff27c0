#!/usr/bin/env python3
"""Compare the rows of the fault matrix (tests/matrix.txt) with the names of the tests.

A test belongs to the rows its name begins with: `fn b13_b14_a_signal_…` to B13 and B14. Fails where a row has
neither a test nor a reason, and where a test names a row that is not there.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST = re.compile(r"^\s*fn ((?:[abcder]\d\d_)+)", re.MULTILINE)


def rows():
    """Kind and reason of each row, by its number."""
    found = {}
    for line in (ROOT / "tests/matrix.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        number, kind, rest = line.split(maxsplit=2)
        found[number] = (kind, rest.partition(" ! ")[2])
    return found


def tested():
    """Numbers of rows that a test names, each with its files."""
    found = {}
    for folder in ("src", "tests"):
        for path in sorted((ROOT / folder).rglob("*.rs")):
            for names in TEST.findall(path.read_text()):
                for name in names.strip("_").split("_"):
                    found.setdefault(name.upper(), set()).add(path.relative_to(ROOT))
    return found


def main():
    wanted, have = rows(), tested()
    missing = [n for n in wanted if n not in have and not wanted[n][1]]
    unknown = [n for n in have if n not in wanted]
    reasons = [n for n in wanted if n not in have and wanted[n][1]]
    for number in reasons:
        print(f"{number} has no test: {wanted[number][1]}")
    for number in missing:
        print(f"error: {number} has neither a test nor a reason")
    for number in unknown:
        print(f"error: {number} is no row: {', '.join(map(str, have[number]))}")
    covered = len(wanted) - len(reasons) - len(missing)
    print(f"{covered} of {len(wanted)} rows of the fault matrix have a test, {len(reasons)} say why not")
    return bool(missing or unknown)


if __name__ == "__main__":
    sys.exit(main())
