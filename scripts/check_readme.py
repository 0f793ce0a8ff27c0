#!/usr/bin/env python3
"""Run the commands of the README's ```console blocks and compare what they print.

    scripts/check_readme.py --binary target/release/purport [--update]

A block holds commands after "$ " and below each what it prints, standard error included. "[..]" stands for
anything on a line, a line "..." for any lines. Commands run in a temporary directory with the repository's
`data`, one after the other, so that a model trained by one is there for the next. With --update the expected
output is written anew; look at the difference.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIRST = "cargo run --release -- score data/articles/harbour.txt"
SECOND = "cargo test"


def pattern(expected: str) -> re.Pattern:
    parts = []
    for line in expected.splitlines():
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(re.escape(line.rstrip()).replace(re.escape("[..]"), ".*") + r"[ ]*\n")
    return re.compile("".join(parts))


def run(command: str, directory: str, binary: str) -> str:
    environment = {
        "PATH": os.path.dirname(binary) + os.pathsep + os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "COLUMNS": "100",
    }
    done = subprocess.run(["sh", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)
    path = os.path.join(ROOT, "README.md")
    with open(path, encoding="utf-8") as file:
        readme = file.read()
    failed = [f"the set-up command `{c}` is missing" for c in (FIRST, SECOND) if f"\n{c}\n" not in readme]
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        os.symlink(os.path.join(ROOT, "data"), os.path.join(directory, "data"))

        def check(block: re.Match) -> str:
            nonlocal count
            out = []
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.group(1), re.M):
                count += 1
                printed = run(command, directory, binary)
                if arguments.update:
                    # Times differ from run to run.
                    printed = re.sub(r" in \d+\.\d+ s$", " in [..] s", printed, flags=re.M)
                    out.append(f"$ {command}\n{printed}")
                elif not pattern(expected).fullmatch(re.sub(r"[ ]+\n", "\n", printed)):
                    failed.append(f"`{command}` printed\n{printed}instead of\n{expected}")
            return "```console\n" + "".join(out) + "```" if arguments.update else block.group(0)

        updated = re.sub(r"```console\n(.*?)```", check, readme, flags=re.S)
    if arguments.update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(updated)
    # The first set-up command, with the build that is there already.
    first = subprocess.run(FIRST, shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if first.returncode != 0 or "promotional" not in first.stdout:
        failed.append(f"`{FIRST}` failed:\n{first.stderr}")
    for failure in failed:
        print(failure, file=sys.stderr)
    print(f"README: {count + 1} commands run, {len(failed)} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
