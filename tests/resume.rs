//! A run of `score --resume` that is killed goes on where it was, and ends with the same bytes.

#![allow(clippy::unwrap_used, reason = "tests")]
#![cfg(unix)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::Sandbox;

fn start(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_purport"))
        .args(arguments)
        .current_dir(sandbox.path(""))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the run as soon as its journal has grown; `false` if it had ended by itself before the signal came.
fn kill_in_between(sandbox: &Sandbox, arguments: &[&str], journal: &str) -> bool {
    let before = fs::metadata(sandbox.path(journal)).map_or(0, |file| file.len());
    let mut child = start(sandbox, arguments);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(2) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let now = fs::metadata(sandbox.path(journal)).map_or(0, |file| file.len());
        if now > before.max(20) {
            break;
        }
        sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

/// Runs undisturbed, then killed again and again, and compares.
fn survives(sandbox: &Sandbox, inputs: &[&str], format: &str, code: i32) {
    let undisturbed = [&["score", "--format", format, "-o", "whole"], inputs].concat();
    let run = sandbox.run(&undisturbed);
    assert_eq!(run.code, code, "{}", run.stderr);
    let arguments = [
        &["score", "--format", format, "--resume", "-o", "out"],
        inputs,
    ]
    .concat();
    let (mut kills, mut ended) = (0, false);
    for _ in 0..9 {
        ended = !kill_in_between(sandbox, &arguments, "out.journal");
        if ended && kills == 0 {
            fs::remove_file(sandbox.path("out")).unwrap();
            continue;
        }
        kills += usize::from(!ended);
        // The last thing that a run does is to remove the journal: a kill may come between the name and that.
        if ended || kills == 3 || sandbox.path("out").exists() {
            break;
        }
        // As after a power cut: bytes that the journal does not know of.
        let mut partial = sandbox.read("out.partial");
        partial.extend(b"\0\0\0 torn");
        sandbox.write("out.partial", partial);
    }
    assert!(kills > 0, "the run was too fast to be killed");
    if !ended {
        let complete = sandbox.path("out").exists();
        assert!(!complete || sandbox.read("out") == sandbox.read("whole"));
        let run = sandbox.run(&arguments);
        assert_eq!(run.code, code, "{}", run.stderr);
        assert!(
            complete || run.stderr.contains("note: going on after "),
            "{}",
            run.stderr
        );
    }
    assert!(
        sandbox.read("out") == sandbox.read("whole"),
        "{format} differs"
    );
    assert!(!sandbox.path("out.journal").exists() && !sandbox.path("out.partial").exists());
    fs::remove_file(sandbox.path("out")).unwrap();
}

fn sentence(i: usize) -> String {
    format!(
        "The mayor of town {i} denied on Monday that {} people had left. ",
        i * 7919 % 1009
    )
}

#[test]
fn a_directory_goes_on() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("pages")).unwrap();
    for i in 0..400 {
        let text = match i % 20 {
            7 => "\0\0\0\0".to_owned(),
            _ => format!(
                "<title>Page {i}</title><p>{}",
                (0..40).map(|j| sentence(i * 40 + j)).collect::<String>()
            ),
        };
        sandbox.write(&format!("pages/{i:03}.html"), text);
    }
    for format in ["jsonl", "csv", "human"] {
        survives(&sandbox, &["pages"], format, 1);
    }
}

#[test]
fn what_is_written_until_the_end_is_no_input() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("pages")).unwrap();
    for name in ["a.txt", "out.csv.txt", "z.txt"] {
        sandbox.write(&format!("pages/{name}"), sentence(1));
    }
    let score = [
        "score",
        "pages",
        "--resume",
        "--format",
        "csv",
        "-o",
        "pages/out.csv",
    ];
    for _ in 0..2 {
        sandbox
            .run(&score)
            .expect(0)
            .says(&["scored 3 of 3 inputs"]);
    }
}

#[test]
fn what_is_written_until_the_end_is_not_read_and_is_no_other_result() {
    let sandbox = Sandbox::with(&[("out.partial", "{\"text\": \"One.\"}\n"), ("a.txt", "One.")]);
    let resume = |more: &[&str]| {
        let line = [&["score", "--resume", "-o", "out"], more].concat();
        sandbox.run(&line)
    };
    let read = ["out.partial", "--input-format", "jsonl"];
    resume(&read)
        .expect(2)
        .says(&["out.partial: is read and written"]);
    let texts = ["a.txt", "--text-output", "out.journal"];
    resume(&texts)
        .expect(2)
        .says(&["out.journal: two results would be written to it"]);
}

#[test]
fn an_input_without_a_good_record_leaves_nothing_to_go_on_with() {
    let sandbox = Sandbox::with(&[("a.jsonl", "{\"body\": \"One.\"}\n")]);
    let score = ["score", "a.jsonl", "--resume", "-o", "out"];
    sandbox.run(&score).expect(3);
    let line = [&score[..], &["--text-field", "body"]].concat();
    sandbox.run(&line).expect(0);
}

#[test]
fn large_files_go_on_in_their_middle() {
    let (mut lines, mut rows) = (String::new(), String::from("article,text,n\n"));
    for i in 0..12_000 {
        let text = sentence(i);
        match i {
            5_000 => lines.push_str("{oops\n"),
            _ => writeln!(lines, "{{\"text\": \"{text}\", \"n\": {i}}}").unwrap(),
        }
        writeln!(rows, "a{},{text},{i}", i / 10).unwrap();
    }
    let sandbox = Sandbox::with(&[("a.jsonl", lines), ("b.csv", rows)]);
    survives(&sandbox, &["a.jsonl"], "jsonl", 1);
    survives(&sandbox, &["b.csv", "a.jsonl"], "csv", 1);
}

#[test]
fn what_cannot_be_continued_is_refused() {
    let sandbox = Sandbox::with(&[("a.txt", "One."), ("b.txt", "Two.")]);
    drop(
        sandbox
            .run(&["score", "--resume", "a.txt"])
            .expect(2)
            .says(&["--resume without an output file"]),
    );
    drop(
        sandbox
            .run(&["score", "--resume", "-o", "out", "-"])
            .expect(2)
            .says(&["cannot be read again"]),
    );
    sandbox.write("out.journal", "{\"run\":1}\n");
    let run = sandbox.run(&["score", "--resume", "-o", "out", "a.txt"]);
    assert_eq!(run.code, 2);
    drop(run.says(&[
        "out.journal: begun with another model, other options or another version",
        "hint: ",
    ]));
    fs::remove_file(sandbox.path("out.journal")).unwrap();
    sandbox
        .run(&[
            "score", "--resume", "-o", "out", "--format", "labels", "a.txt", "b.txt",
        ])
        .expect(0);
    let labels = fs::read_to_string(sandbox.path("out")).unwrap();
    assert_eq!(labels.lines().count(), 2);
    assert!(!sandbox.path("out.journal").exists());
}
