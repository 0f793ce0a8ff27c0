#!/usr/bin/env bash
# Whether the program gives the same bytes however it is built: each build below trains on the same file, and the models
# must be equal. Minutes for each build; .ci/full runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
first=
build() {
    local name=$1
    shift
    env "$@" cargo build --locked --quiet --target-dir target/builds --profile "${profile:-release}"
    local at=target/builds/${profile:-release}/purport
    [ "${profile:-release}" != dev ] || at=target/builds/debug/purport
    "$at" train data/train/pages-0000.csv -o "$work/m" --folds 3 --quiet
    local sum
    sum=$(sha256sum <"$work/m")
    printf '%s  %s\n' "${sum:0:16}" "$name"
    first=${first:-$sum}
    [ "$sum" = "$first" ] || { echo "error: $name gives another model"; exit 1; }
}
build "release: thin LTO, one codegen unit"
build "16 codegen units, no LTO" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
build "fat LTO" CARGO_PROFILE_RELEASE_LTO=fat
build "this processor" RUSTFLAGS="-C target-cpu=native"
build "optimised for size" CARGO_PROFILE_RELEASE_OPT_LEVEL=s
profile=dev build "debug"
