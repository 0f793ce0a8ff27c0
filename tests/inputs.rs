//! Inputs of every kind through the binary, by row of the fault matrix where one covers them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::Write;

use common::{NEWS, Sandbox};
use flate2::Compression;
use flate2::write::GzEncoder;

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes.as_ref(), ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn packed_files_are_scored_as_what_they_hold() {
    let page = "<html><body><p>The mayor denied it.</p><p>Sign up!</p></body></html>";
    let lines = "{\"text\": \"She confirmed it.\"}\n{\"text\": \"It rained.\"}\n";
    let members = [gzip(&lines[..28]), gzip(&lines[28..])].concat();
    let sandbox = Sandbox::with(&[
        ("a.html.gz", gzip(page)),
        ("a.html.zst", zstd(page)),
        ("a.html", page.as_bytes().to_vec()),
        ("b.jsonl.gz", members),
        ("b.jsonl", lines.as_bytes().to_vec()),
    ]);
    let labels = |name: &str| {
        sandbox
            .run(&["score", "--format", "labels", name])
            .expect(0)
            .text()
    };
    assert_eq!(labels("a.html.gz"), labels("a.html"));
    assert_eq!(labels("a.html.zst"), labels("a.html"));
    assert_eq!(labels("b.jsonl.gz"), labels("b.jsonl"));
    assert_eq!(labels("b.jsonl.gz").lines().count(), 2);
    let piped = sandbox.shell("cat b.jsonl.gz | purport score --format labels");
    assert_eq!(piped.expect(0).text(), labels("b.jsonl"));
}

#[test]
fn packed_tables_train_the_same_model() {
    let sandbox = Sandbox::trained();
    sandbox.write("news.csv.gz", gzip(NEWS));
    sandbox.write("zst.csv", zstd(NEWS));
    for name in ["news.csv.gz", "zst.csv"] {
        sandbox
            .run(&["train", name, "-o", "n.safetensors", "--folds", "3"])
            .expect(0);
        assert!(
            sandbox.read("n.safetensors") == sandbox.read("m.safetensors"),
            "{name}"
        );
    }
    sandbox
        .run(&["eval", "news.csv.gz", "--model", "m.safetensors"])
        .expect(0);
}

#[test]
fn d18_damaged_and_overblown_files_are_refused() {
    let bomb = gzip(vec![b'a'; 64 << 20]);
    let mut wrong = gzip(NEWS);
    let crc = wrong.len() - 8;
    wrong[crc] ^= 1;
    let cut = &gzip(NEWS)[..200];
    let sandbox = Sandbox::with(&[
        ("bomb.txt.gz", &bomb[..]),
        ("cut.csv.gz", cut),
        ("wrong.csv.gz", &wrong[..]),
        ("twice.txt.gz", &gzip(gzip("One."))),
        (
            "tail.txt.gz",
            &[gzip("One."), b"no member of it".to_vec()].concat(),
        ),
        ("good.txt", b"One."),
    ]);
    for (name, code, part) in [
        ("bomb.txt.gz", 6, "unpack to more than"),
        (
            "cut.csv.gz",
            3,
            "cut.csv.gz: the gzip data are cut off after 200 bytes",
        ),
        ("wrong.csv.gz", 3, "checksum"),
        ("twice.txt.gz", 3, "twice.txt.gz: this is a gzip file"),
        ("tail.txt.gz", 3, "tail.txt.gz: the gzip data are damaged"),
    ] {
        drop(sandbox.run(&["score", name]).expect(code).says(&[part]));
        let run = sandbox
            .run(&["score", "--format", "labels", name, "good.txt"])
            .expect(1);
        assert_eq!(run.lines().len(), 1);
        drop(run.says(&[part]));
    }
    for name in ["cut.csv.gz", "wrong.csv.gz"] {
        drop(
            sandbox
                .run(&["train", name, "-o", "m"])
                .expect(3)
                .says(&[name, "gzip data"]),
        );
    }
}
