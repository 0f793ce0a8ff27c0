#!/usr/bin/env bash
# Makes models/news.safetensors from data/train, or with --check says whether it is still the same.
set -euo pipefail
cd "$(dirname "$0")/.."

model=models/news.safetensors
out=$model
if [ "${1:-}" = --check ]; then
    directory=$(mktemp -d)
    trap 'rm -rf "$directory"' EXIT
    out=$directory/news.safetensors
fi
# Training does not look at the built-in model; without one the program is built without it.
features=()
[ -f "$model" ] || features=(--no-default-features --features cli)
cargo run --quiet --locked --release "${features[@]}" -- \
    train data/train/*.csv -o "$out" --alpha 0.5 --mask on --min-articles 2 --max-features 38000 --tolerance 1e-4 --quiet
if [ "${1:-}" = --check ]; then
    cmp "$out" "$model"
    echo "$model is what this command makes"
fi
