#!/usr/bin/env python3
"""Change metrics, numeric core and model format in every way that `cargo mutants` knows and see whether a test notices.

Those modules need few others, so each group of them is copied into a crate of its own under target/mutants and built
there without debug information: a mutant then takes seconds instead of a minute. It is judged by the unit tests that
stand beside the group. Arguments go on to `cargo mutants`:

    scripts/check_mutants.py                                all of them: about an hour of CPU
    scripts/check_mutants.py format --re ':\\d*[37]:\\d+:'    those of one group in lines whose number ends in 3 or 7
    scripts/check_mutants.py --iterate                      those again that were not caught last time

Fails where fewer than 90 % are caught and where a survivor is not listed in tests/MUTANTS.md; a run of all of them also
where one is listed there that is caught. A mutant that runs out of time counts as caught, one that does not compile
does not count.
"""

import collections
import dataclasses
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target/mutants"
CRATE = WORK / "crate"

ALWAYS = [".cargo/config.toml", "Cargo.toml", "Cargo.lock"]
# The targets that Cargo.toml names and nobody needs here; and numbers of lines are not worth the time to link them.
STUBS = ("src/main.rs", "benches/solvers.rs", "benches/stages.rs")
PROFILE = "\n[profile.dev.package.purport]\ndebug = false\n"

# What takes longer than all other tests together; it judges only what those leave.
SLOW = [
    "c02_every_bit_flip",
    "c14_hostile_headers",
    "i07_",
    "i08_",
    "a_stretch_of_the_logits",
    "weights_of_classes_are_undone",
    "threads_do_not_change",
]
# These look at a clock: a busy machine would pass for a test that noticed something.
CLOCKS = ["c09_a_declared_length_costs_no_time", "c19_large_files"]


@dataclasses.dataclass
class Group:
    """Files that are judged by the same tests."""

    files: list
    tests: list
    # What of the library these files and tests need.
    modules: str
    needed: list = dataclasses.field(default_factory=list)


MODEL = """
pub mod features {
    mod columns;
    pub mod gram;
    pub mod matrix;
}
pub mod model;
"""
GROUPS = {
    "metrics": Group(
        files=[f"src/evaluation/{name}.rs" for name in ("confusion", "figure", "metrics", "probability")],
        tests=["evaluation::"],
        modules="pub mod evaluation { pub mod confusion; pub mod figure; pub mod metrics; pub mod probability; }",
    ),
    "model": Group(
        files=["src/model/[!d]*.rs"],
        tests=["model::"],
        modules=MODEL,
        needed=["src/model/*.rs", "src/features/*.rs"],
    ),
    "dense": Group(
        files=["src/model/dense.rs"],
        tests=["model::dense"],
        modules=MODEL,
        needed=["src/model/*.rs", "src/features/*.rs"],
    ),
    "format": Group(
        files=["src/classifier/container.rs", "src/classifier/container/*.rs"],
        tests=["container::"],
        modules="pub mod classifier { pub mod container; }",
        needed=["src/classifier/container/tests/*.rs"],
    ),
}
# A search that takes more steps because of a mutant may take a minute and yet end well.
SECONDS = 120
OUTCOMES = ("caught", "missed", "timeout", "unviable")
LEAST_CAUGHT = 0.9


def make_crate(group):
    """Copy what is to be changed, as files of now: what was built of a mutant must not pass for what is built of them."""
    shutil.rmtree(CRATE, ignore_errors=True)
    for pattern in [*ALWAYS, *group.files, *group.needed]:
        for source in sorted(ROOT.glob(pattern)):
            copy = CRATE / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    for stub in STUBS:
        (CRATE / stub).parent.mkdir(parents=True, exist_ok=True)
        (CRATE / stub).write_text("fn main() {}\n")
    (CRATE / "src/lib.rs").write_text(group.modules)
    with (CRATE / "Cargo.toml").open("a") as manifest:
        manifest.write(PROFILE)


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=CRATE, check=False).returncode


def mutants(files):
    """All mutants of these files as they are now."""
    command = ["cargo", "mutants", "--list", "--colors=never", *files]
    return set(subprocess.run(command, cwd=CRATE, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines())


def written(out):
    """What the last pass, which may have been stopped, wrote down."""
    outcomes = {}
    for outcome in OUTCOMES:
        path = out / "mutants.out" / f"{outcome}.txt"
        outcomes |= dict.fromkeys(path.read_text().splitlines() if path.exists() else (), outcome)
    return outcomes


def run(name, arguments):
    """Run the mutants of one group; what became of each."""
    group = GROUPS[name]
    make_crate(group)
    if cargo("test", "--locked", "--quiet", "--lib", "--", *group.tests, *(f"--skip={test}" for test in CLOCKS)) != 0:
        sys.exit("error: the tests fail without any change")
    out = WORK / name
    if "--iterate" not in arguments:
        shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    options = ["--cargo-arg=--lib", "--cargo-arg=--locked", "--in-place", "--baseline=skip", "--no-shuffle"]
    options += [f"--timeout={SECONDS}", "--colors=never", f"--output={out}", "--iterate"]
    files = [f"--file={pattern}" for pattern in group.files]
    options += files
    options += [argument for argument in arguments if argument != "--iterate"]
    memory = out / "outcomes.json"
    outcomes = (json.loads(memory.read_text()) if memory.exists() else {}) | written(out)
    # What was found of lines that have moved since says nothing.
    there = mutants(files)
    outcomes = {mutant: outcome for mutant, outcome in outcomes.items() if mutant in there}
    for skipped in (CLOCKS + SLOW, CLOCKS):
        # One that ran out of time is caught: once is enough.
        ended = (mutant for mutant, outcome in outcomes.items() if outcome == "timeout")
        excluded = [f"--exclude-re=^{re.escape(mutant)}$" for mutant in ended]
        code = cargo("mutants", *options, *excluded, "--", "--", *group.tests, *(f"--skip={test}" for test in skipped))
        if code not in (0, 2, 3):
            sys.exit(f"error: cargo mutants ended with {code}")
        outcomes |= written(out)
        memory.write_text(json.dumps(outcomes, indent=1))
    return outcomes


def described(mutant):
    """File and change without line and column, which other changes move."""
    return re.sub(r":\d+:\d+:", ":", mutant)


def listed():
    """How often each survivor stands in tests/MUTANTS.md."""
    text = (ROOT / "tests/MUTANTS.md").read_text()
    return collections.Counter(described(m) for m in re.findall(r"^[*-] `(src/.*?)`", text, re.MULTILINE))


def table(outcomes):
    """Outcomes by file, as a table for tests/MUTANTS.md; the sums."""
    files = collections.defaultdict(collections.Counter)
    for mutant, outcome in outcomes.items():
        files[mutant.split(":")[0]][outcome] += 1
    total = sum(files.values(), collections.Counter())
    print("| file | mutants | caught | missed | timed out | did not compile |")
    print("|---|---|---|---|---|---|")
    for name, counts in [*sorted(files.items()), ("all", total)]:
        print("|", " | ".join(map(str, [name, counts.total(), *(counts[o] for o in OUTCOMES)])), "|")
    return total


def main():
    arguments = sys.argv[1:]
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    groups = [g for g in GROUPS if g in arguments] or list(GROUPS)
    arguments = [a for a in arguments if a not in GROUPS]
    outcomes = {}
    for group in groups:
        outcomes |= run(group, arguments)
    total = table(outcomes)
    caught, missed = total["caught"] + total["timeout"], total["missed"]
    share = caught / max(caught + missed, 1)
    print(f"{caught} of {caught + missed} caught, {share:.1%}")
    errors = []
    if share < LEAST_CAUGHT:
        errors.append(f"fewer than {LEAST_CAUGHT:.0%} are caught")
    known = listed()
    survivors = collections.Counter(described(m) for m, outcome in outcomes.items() if outcome == "missed")
    errors += [f"survived, and is not in tests/MUTANTS.md: {m}" for m in (survivors - known).elements()]
    if sys.argv[1:] in ([], ["--iterate"]):
        errors += [f"in tests/MUTANTS.md, but caught or gone: {m}" for m in (known - survivors).elements()]
    for error in errors:
        print(f"error: {error}")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
