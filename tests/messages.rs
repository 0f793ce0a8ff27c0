//! The words of every kind of failure: message, place, hint and exit code, as one table that is read when it changes.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fmt::Write;

use common::{NEWS, Sandbox};

/// A file of each name, and the command lines that meet it.
const CASES: &[(&str, &[u8], &[&str])] = &[
    ("empty.csv", b"", &["train empty.csv -o new"]),
    ("header.csv", b"label,text\n", &["train header.csv -o new"]),
    (
        "headless.csv",
        b"yes,I agree.\n",
        &["train headless.csv -o new"],
    ),
    (
        "semicolon.csv",
        b"label;text\nyes;One, two.\nno;Two.\n",
        &["train semicolon.csv -o new --delimiter ,"],
    ),
    (
        "twice.csv",
        b"text,label,text\na,b,c\n",
        &["train twice.csv -o new"],
    ),
    (
        "nocolumn.csv",
        b"label,txt\nyes,One.\n",
        &["train nocolumn.csv -o new", "score nocolumn.csv"],
    ),
    (
        "ragged.csv",
        b"label,text\nyes,One.,x\nno\n",
        &["train ragged.csv -o new", "score ragged.csv"],
    ),
    (
        "quote.csv",
        b"label,text\nyes,\"One.\nno,Two.\n",
        &["train quote.csv -o new"],
    ),
    (
        "latin.csv",
        b"label,text\nyes,caf\xe9.\n",
        &["train latin.csv -o new", "score latin.csv"],
    ),
    (
        "unlabelled.csv",
        b"label,text\n,One.\nno,Two.\n",
        &["train unlabelled.csv -o new"],
    ),
    (
        "one.csv",
        b"label,text\nyes,One.\nyes,Two.\n",
        &["train one.csv -o new"],
    ),
    (
        "pdf.csv",
        b"%PDF-1.7\n",
        &["train pdf.csv -o new", "score pdf.csv"],
    ),
    (
        "sheet.csv",
        b"PK\x03\x04aaaaxl/workbook",
        &["train sheet.csv -o new"],
    ),
    (
        "wide.csv",
        b"label,text\nyes,0123456789\n",
        &["train wide.csv -o new --max-field 9"],
    ),
    ("elf.txt", b"\x7fELF\x02\x01\x01\0", &["score elf.txt"]),
    (
        "cut.txt.gz",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b",
        &["score cut.txt.gz"],
    ),
    (
        "bad.jsonl",
        b"{\"text\": 1}\n{\"body\": \"x\"}\n{\"text\"\n",
        &["score bad.jsonl"],
    ),
    (
        "text.warc",
        b"WARC/1.0\r\nContent-Length: x\r\n\r\n",
        &["score text.warc"],
    ),
    (
        "pointer",
        b"version https://git-lfs.github.com/spec/v1\n",
        &["score --model pointer news.csv"],
    ),
    (
        "page",
        b"<!DOCTYPE html><title>404</title>",
        &["model verify page"],
    ),
    (
        "short",
        b"\x40\0\0\0\0\0\0\0{\"__meta",
        &["model verify short"],
    ),
    ("table", b"a,b\n1,2\n", &["model inspect table"]),
    (
        "news.csv",
        NEWS.as_bytes(),
        &[
            "train news.csv",
            "train news.csv -o new --alpha 0",
            "train news.csv -o new --alpha 1,5",
            "train news.csv -o new --folds 99",
            "train news.csv -o new --solver dense --class-weight balanced",
            "train news.csv -o news.csv",
            "train news.csv -o missing/new",
            "train news.csv -o .",
            "train news.csv -o new --ngram 2",
            "train missing.csv -o new",
            "train . -o new",
            "score missing.txt",
            "score --model missing news.csv",
            "score news.csv --text-column body",
            "score news.csv --glob [",
            "score news.csv --resume",
            "eval news.csv --model news.csv",
            "eval news.csv --gate f2=1",
            "eval news.csv --slice paper",
            "eval news.csv --baseline news.csv",
            "compare builtin missing news.csv",
            "check news.csv --agreement one two",
            "explain",
            "explain news.csv:999",
            "tune news.csv --alpha x",
            "model diff missing missing",
            "scor news.csv",
        ],
    ),
];

#[test]
fn the_words_of_every_failure() {
    let files: Vec<(&str, &[u8])> = CASES
        .iter()
        .map(|(name, content, _)| (*name, *content))
        .collect();
    let sandbox = Sandbox::with(&files);
    let mut table = String::new();
    for line in CASES.iter().flat_map(|(_, _, lines)| *lines) {
        let arguments: Vec<&str> = line.split(' ').collect();
        let run = sandbox.run(&arguments);
        assert_ne!(run.code, 0, "{line}: {}", run.stderr);
        let _ = writeln!(table, "$ purport {line}\n{}exit {}\n", run.stderr, run.code);
    }
    insta::assert_snapshot!(table);
}
