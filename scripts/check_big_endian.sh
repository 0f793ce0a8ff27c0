#!/usr/bin/env bash
# Rows C15 and R04: a processor with the other order of bytes (s390x, under Miri) loads, writes and trains the same bytes.
# Needs `rustup component add miri rust-src --toolchain nightly`; minutes.
set -euo pipefail
cd "$(dirname "$0")/big_endian"
export RAYON_NUM_THREADS=1 CARGO_TARGET_DIR=../../target/big-endian
here=$(cargo run --quiet)
# What Miri has against crossbeam's pointers is not looked for here.
export MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-disable-stacked-borrows -Zmiri-permissive-provenance -Zmiri-ignore-leaks"
there=$(cargo +nightly miri run --quiet --target s390x-unknown-linux-gnu)
printf '%s  here\n%s  s390x\n' "$here" "$there"
[ "$here" = "$there" ]
