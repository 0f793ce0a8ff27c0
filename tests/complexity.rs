//! Work grows with the input and not faster: instructions of the whole program, counted by valgrind, for inputs
//! hostile to their readers, once and twice as long. Counts do not depend on the machine or its load.
#![cfg(target_os = "linux")]
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests"
)]

mod common;

use common::{Sandbox, available};

/// Instructions that scoring `name` takes.
fn instructions(sandbox: &Sandbox, name: &str) -> u64 {
    let line = format!(
        "valgrind --tool=callgrind --callgrind-out-file=/dev/null {} score --model m.safetensors \
         --format labels --threads 1 {name} >/dev/null 2>log; grep -o 'Collected : [0-9]*' log",
        env!("CARGO_BIN_EXE_purport")
    );
    let counted = sandbox.shell(&line).text();
    counted.trim().rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn d03_d06_work_grows_with_the_input_and_not_faster() {
    if std::env::var_os("PURPORT_FULL").is_none() || !available("complexity", "valgrind --version")
    {
        eprintln!("LEFT OUT: complexity: only with PURPORT_FULL and valgrind");
        return;
    }
    let sandbox = Sandbox::trained();
    sandbox.write("empty.txt", " ");
    let start = instructions(&sandbox, "empty.txt");
    let accents = "e".to_owned() + &"\u{301}".repeat(1000);
    let mut wrong = Vec::new();
    for (name, before, unit, after) in [
        ("dots.txt", "", "....!!!???", ""),
        ("abbreviations.txt", "", "U.S. Mr. a.m. ", ""),
        ("line.txt", "", "word ", ""),
        ("token.txt", "", "x", ""),
        ("accents.txt", "", &accents, ""),
        ("quotes.txt", "", "“A.” (b) ", ""),
        ("lists.html", "", "<ul><li>", ""),
        ("unclosed.html", "", "<p><b><i>", ""),
        ("svg.html", "<p>One.", "<svg>", ""),
        ("attribute.html", "<a title=\"", "x", "\">One.</a>"),
        ("entities.html", "", "&#0;&amp;&bogus;", ""),
        ("comment.html", "", "<!--", ""),
        ("links.md", "", "[a](b) ![", ""),
        ("stars.md", "", "**a _b ", ""),
        ("quotes.md", "", "> ", ""),
        ("quotes.csv", "text\n\"", "\"\"", "\"\n"),
        ("unclosed.csv", "text\n", "\"a\n", ""),
        ("columns.csv", "text", ",a", "\nOne.\n"),
        ("deep.jsonl", "", "[", "\n"),
        ("bad.jsonl", "", "{\n", ""),
        ("fields.jsonl", "{\"text\":\"One.\"", ",\"a\":0", "}\n"),
    ] {
        let count = |bytes: usize| {
            let body = unit.repeat(bytes / unit.len());
            sandbox.write(name, format!("{before}{body}{after}"));
            instructions(&sandbox, name).saturating_sub(start)
        };
        let (once, twice) = (count(8 << 10), count(16 << 10));
        eprintln!("{name:<20} {once:>12} {twice:>12}");
        // Below a million instructions the start of the program drowns the rest.
        if twice > 1_000_000 && 2 * twice > 5 * once {
            wrong.push(format!("{name}: {once} → {twice}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
