//! Faults of the system while the program runs: signals, limits, full disks, calls that fail, a kill at every
//! step of writing. After each of them a file is the old one or the complete new one, and exit code 0 means
//! the new one.
//!
//! What needs root, `strace` or `mount` is left out with a word where they are missing, unless
//! `PURPORT_FULL` is set, as `.ci/full` does: then it fails.
#![cfg(target_os = "linux")]
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests"
)]

mod common;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{NEWS, Sandbox, available, kill, shuffled};

/// A sandbox with data that take a while, and an old model.
fn slow() -> Sandbox {
    let mut rows = "label,text\n".to_owned();
    for (row, label) in (0..3000).zip(["yes", "no", "perhaps"].into_iter().cycle()) {
        rows.push_str(label);
        rows.push(',');
        for word in shuffled(row, 30) {
            let _ = write!(rows, "w{word} ");
        }
        rows.push('\n');
    }
    Sandbox::with(&[("news.csv", rows), ("m.safetensors", "old".to_owned())])
}

/// Starts the program with the signals of a terminal: a shell turns Ctrl-C off for what it runs in the background, these
/// tests among it, and the program leaves off what is off.
fn start(sandbox: &Sandbox, arguments: &[&str], input: Stdio) -> Child {
    std::process::Command::new("env")
        .args(["--default-signal", env!("CARGO_BIN_EXE_purport")])
        .args(arguments)
        .current_dir(sandbox.path("."))
        .env_remove("NO_COLOR")
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until the program is prepared for `signal`, however slowly it starts, or has ended.
fn prepared(child: &Child, signal: i32) {
    let status = format!("/proc/{}/status", child.id());
    loop {
        let status = std::fs::read_to_string(&status).unwrap();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let caught = u64::from_str_radix(field("SigCgt:").unwrap().trim(), 16).unwrap();
        let ended = field("State:").is_some_and(|state| state.trim().starts_with('Z'));
        if ended || caught >> (signal - 1) & 1 == 1 {
            return;
        }
        sleep(Duration::from_millis(2));
    }
}

/// Sends `signal`, and asserts that the program ends with `code` and leaves the old model; gives what it said, or `None`
/// if it had saved the new one before. A program that goes on to work is told by that; a minute is for machines that are
/// busy.
#[track_caller]
fn stops(sandbox: &Sandbox, mut child: Child, signal: &str, code: i32) -> Option<String> {
    let sent = Instant::now();
    kill(&child, signal);
    let status = child.wait().unwrap();
    assert!(
        sent.elapsed() < Duration::from_secs(60),
        "{:?}",
        sent.elapsed()
    );
    if status.code() == Some(0) {
        assert!(sandbox.read("m.safetensors") != b"old");
        return None;
    }
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(status.code(), Some(code), "{stderr}");
    let said = stderr.lines().last().unwrap_or_default();
    assert!(said.starts_with("error: stopped "), "{stderr}");
    assert!(
        said.contains("by Ctrl-C") || said.contains("by SIG"),
        "{stderr}"
    );
    assert_eq!(sandbox.read("m.safetensors"), b"old");
    assert_eq!(sandbox.names(), ["m.safetensors", "news.csv"]);
    Some(stderr)
}

#[test]
fn b13_b14_a_signal_ends_the_program_at_any_time_and_leaves_the_old_file() {
    let sandbox = slow();
    let train = [
        "train",
        "news.csv",
        "-o",
        "m.safetensors",
        "--alpha",
        "0.0001",
    ];
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        for wait in [0, 200, 550] {
            // On a busy machine the training may be over before the signal is sent.
            let stopped = (0..5).any(|_| {
                let child = start(&sandbox, &train, Stdio::null());
                prepared(&child, code - 128);
                sleep(Duration::from_millis(wait));
                let stopped = stops(&sandbox, child, signal, code);
                sandbox.write("m.safetensors", "old");
                stopped.is_some() || wait > 0
            });
            assert!(stopped, "a training that takes no time");
        }
        // While it waits for data that never come.
        let mut child = start(
            &sandbox,
            &["train", "-", "-o", "m.safetensors"],
            Stdio::piped(),
        );
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"label,text\nyes,One").unwrap();
        prepared(&child, code - 128);
        assert!(stops(&sandbox, child, signal, code).is_some());
    }
}

#[test]
fn b13_a_fit_that_is_stopped_says_how_far_it_was() {
    let sandbox = slow();
    let train = "train news.csv -o m.safetensors --calibration none --alpha 1e-9 --tolerance 1e-12";
    let train: Vec<&str> = train.split(' ').collect();
    // A fast machine has ended in a second, a busy one has not come to the first step.
    let said = [100, 200, 300, 400, 600, 1_000, 4_000, 16_000]
        .map(Duration::from_millis)
        .into_iter()
        .find_map(|wait| {
            let child = start(&sandbox, &train, Stdio::null());
            sleep(wait);
            let said = stops(&sandbox, child, "INT", 130);
            sandbox.write("m.safetensors", "old");
            said.filter(|said| said.contains("at iteration"))
        });
    let said = said.expect("the fit should have come to its first step");
    let (_, iteration) = said.split_once("stopped at iteration ").unwrap();
    let (iteration, rest) = iteration.split_once(' ').unwrap();
    assert!(iteration.parse::<u32>().unwrap() >= 1, "{said}");
    assert!(rest.starts_with("of the fit (gradient norm "), "{said}");
    assert!(rest.ends_with("), by Ctrl-C\n"), "{said}");
}

#[test]
fn b13_scoring_is_stopped_and_its_output_file_is_not_there() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS), ("m.safetensors", "old")]);
    let mut child = start(
        &sandbox,
        &["score", "-o", "m.safetensors", "-"],
        Stdio::piped(),
    );
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"One said so.\n\nTwo").unwrap();
    prepared(&child, 15);
    assert!(stops(&sandbox, child, "TERM", 143).is_some());
}

#[test]
fn b14_signals_that_are_turned_off_stay_off() {
    let sandbox = slow();
    let mut command = std::process::Command::new("nohup");
    let mut child = command
        .arg(env!("CARGO_BIN_EXE_purport"))
        .args(["train", "news.csv", "-o", "new", "--calibration", "none"])
        .current_dir(sandbox.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It prepares for those that are not turned off.
    prepared(&child, 15);
    kill(&child, "HUP");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(sandbox.path("new").exists());
}

#[test]
fn b26_a_limit_of_memory_is_told() {
    let sandbox = slow();
    let text = "The mayor said so on Monday, and police confirmed it. ".repeat(4_000);
    sandbox.write("a.txt", text);
    let (mut refused, mut done) = (0, 0);
    for megabytes in [8, 24, 32, 40, 48, 60, 80, 120, 400] {
        for command in [
            "train news.csv -o m.safetensors --calibration none --max-iterations 2",
            "score --format csv -o out.csv a.txt",
        ] {
            let before = sandbox.read("m.safetensors");
            let line = format!(
                "ulimit -v {}; purport {command}; echo $? >code",
                megabytes << 10
            );
            sandbox.shell(&line);
            match String::from_utf8_lossy(&sandbox.read("code")).trim() {
                "0" => done += 1,
                "6" => {
                    refused += 1;
                    assert!(sandbox.read("m.safetensors") == before);
                }
                // The loader's or the kernel's word, before a line of ours has run.
                "127" | "139" if megabytes < 60 => {}
                code => panic!("exit code {code} with {megabytes} MB: {command}"),
            }
        }
    }
    assert!(refused > 1 && done > 1, "{refused} refused, {done} done");
}

#[test]
fn b27_a_limit_of_file_size_is_told() {
    let sandbox = Sandbox::trained();
    let old = sandbox.read("m.safetensors");
    let blocks = old.len() / 1024;
    for limit in [0, 1, blocks / 2, blocks] {
        for trap in ["", "trap '' XFSZ; "] {
            let line = format!(
                "{trap}ulimit -f {limit}; exec purport train news.csv -o m.safetensors --folds 3 --ngrams 3"
            );
            sandbox
                .shell(&line)
                .expect(5)
                .says(&["m.safetensors`", "File too large"]);
        }
    }
    sandbox
        .shell("ulimit -f 0; exec purport score news.csv --format jsonl -o out")
        .expect(5)
        .says(&["File too large"]);
    assert!(sandbox.read("m.safetensors") == old);
}

#[test]
fn b28_few_files_and_threads_are_enough() {
    let sandbox = Sandbox::trained();
    let old = sandbox.read("m.safetensors");
    for files in 4..=12 {
        let line =
            format!("ulimit -n {files}; exec purport train news.csv -o m.safetensors --folds 3");
        let run = sandbox.shell(&line);
        assert!(
            [0, 5].contains(&run.code),
            "{files}: {} {}",
            run.code,
            run.stderr
        );
        assert!(sandbox.read("m.safetensors") == old);
    }
    if !available(
        "b28",
        "setpriv --reuid=65534 --regid=65534 --clear-groups true",
    ) {
        return;
    }
    let run = sandbox.shell(
        "chmod 777 . && setpriv --reuid=65534 --regid=65534 --clear-groups \
         bash -c 'ulimit -u 1; exec purport train news.csv -o new --folds 3 --threads 4'",
    );
    run.expect(0)
        .says(&["warning: the system gives no 4 threads"]);
    assert!(sandbox.read("new") == old);
}

/// A small disk of its own at `d` in the sandbox, gone when dropped.
struct Disk<'s>(&'s Sandbox);

impl<'s> Disk<'s> {
    fn mount(sandbox: &'s Sandbox, kilobytes: usize) -> Option<Self> {
        let at = sandbox.path("d").display().to_string();
        let line = format!("mkdir -p {at} && mount -t tmpfs -o size={kilobytes}k tmpfs {at}");
        available("b16 e14", &line).then_some(Self(sandbox))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let at = self.0.path("d");
        let _ = std::process::Command::new("umount").arg(at).status();
    }
}

#[test]
fn b16_d17_e14_a_full_disk_leaves_the_old_file() {
    let sandbox = Sandbox::trained();
    let model = sandbox.read("m.safetensors");
    for kilobytes in [4, 8, 12] {
        let Some(disk) = Disk::mount(&sandbox, kilobytes) else {
            return;
        };
        sandbox.write("d/old", "the old one");
        for command in [
            "train news.csv --folds 3 -o d/old",
            "score --model m.safetensors --format jsonl news.csv -o d/old",
            "eval --model m.safetensors --format json news.csv -o d/old",
        ] {
            let run = sandbox.shell(&format!("exec purport {command}"));
            if run.code == 0 {
                assert!(
                    command.starts_with("train") && kilobytes > 8,
                    "{kilobytes}: {command}"
                );
                assert!(sandbox.read("d/old") == model);
                sandbox.write("d/old", "the old one");
                continue;
            }
            run.expect(5).says(&["cannot write `d/old`", "free on"]);
            assert_eq!(sandbox.read("d/old"), b"the old one");
            assert_eq!(sandbox.names_in("d"), ["old"]);
        }
        drop(disk);
    }
}

#[test]
fn b16_a_disk_without_room_for_the_texts_leaves_the_old_file() {
    let rows = "yes,The mayor said so.\nno,The police denied it.\n".repeat(8_000);
    let sandbox = Sandbox::with(&[("t.csv", format!("label,text\n{rows}"))]);
    let Some(disk) = Disk::mount(&sandbox, 200) else {
        return;
    };
    sandbox.write("d/old", "the old one");
    let arguments = ["train", "t.csv", "--stream", "-o", "d/old"];
    drop(sandbox.run(&arguments).expect(5).says(&[
        "cannot write the temporary file for texts in `",
        "No space left on device",
        "hint: all texts are written there once",
    ]));
    assert_eq!(sandbox.read("d/old"), b"the old one");
    assert_eq!(sandbox.names_in("d"), ["old"]);
    drop(disk);
}

#[test]
fn b18_a_directory_that_cannot_be_written_is_told_before_the_work() {
    let sandbox = Sandbox::with(&[("news.csv", "not even a table")]);
    let nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    if !available("b18", &format!("{nobody} true")) {
        return;
    }
    // Root may write anywhere.
    let line =
        format!("mkdir -p d && chmod 755 . d && exec {nobody} purport train news.csv -o d/m");
    sandbox
        .shell(&line)
        .expect(5)
        .says(&["`d`", "Permission denied"]);
    let long = "x".repeat(300);
    let arguments = ["train", "news.csv", "-o", &long];
    sandbox
        .run(&arguments)
        .expect(5)
        .says(&["File name too long"]);
    std::os::unix::fs::symlink("loop", sandbox.path("loop")).unwrap();
    sandbox.run(&["train", "news.csv", "-o", "loop"]).expect(5);
}
