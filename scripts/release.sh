#!/usr/bin/env bash
# Build what a release holds, under target/dist: a static program, manual pages, completions, licences, and a list of
# checksums. The program is linked against musl, so it runs on any Linux of its architecture; without that target
# (`rustup target add x86_64-unknown-linux-musl`) against a static glibc.
set -euo pipefail
cd "$(dirname "$0")/.."

arch=$(uname -m)
target=${1:-$arch-unknown-linux-musl}
version=$(cargo metadata --locked --no-deps --format-version 1 | grep -o '"version":"[^"]*"' | head -1 | cut -d'"' -f4)

if [ "$target" = "$arch-unknown-linux-musl" ] && ! rustup target add "$target" >/dev/null 2>&1; then
    echo "no target $target: linking a static glibc instead" >&2
    target=$arch-unknown-linux-gnu
fi
# CPU time of `score -q --format jsonl --threads 1` for 60 MB of JSON Lines and 20,000 pages, the same code: with glibc 2.1
# and 2.4 s, with musl and its own allocator 3.8 and 5.7 s, with musl and mimalloc 3.3 and 3.7 s. What is left of the
# difference is musl's memcpy; labels alone take 1.8 s with either (2.1 s with its own allocator).
case $target in
    *-musl)
        features=mimalloc
        command -v musl-gcc >/dev/null || { echo "error: no musl-gcc (apt-get install musl-tools)" >&2; exit 1; }
        ;;
    *) features= ;;
esac
RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --release --target "$target" --features "$features"

name=purport-$version-$target
dist=target/dist/$name
rm -rf "target/dist/$name"
mkdir -p "$dist/man" "$dist/completions"
install -m 755 "target/$target/release/purport" "$dist/purport"
strip "$dist/purport"
if ldd "$dist/purport" 2>/dev/null | grep -q '=>'; then
    echo "error: the program needs shared libraries" >&2
    exit 1
fi
"$dist/purport" --version
"$dist/purport" man -o "$dist/man/purport.1"
"$dist/purport" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\).*/\1/p' | grep -v '^help$' | while read -r command; do
    "$dist/purport" man "$command" -o "$dist/man/purport-$command.1"
done
for shell in bash elvish fish powershell zsh; do
    "$dist/purport" completions "$shell" -o "$dist/completions/purport.$shell"
done
cp README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$dist/"

# The same files give the same archive.
cd target/dist
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" | gzip -9n >"$name.tar.gz"
sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256"
