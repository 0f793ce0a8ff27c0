//! Every system call of writing a file fails once, or is the last one before a kill or a signal: the file is
//! the old one or the complete new one, and exit code 0 means the new one. Needs `strace`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "tests; names of temporary files are ours"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use common::{Sandbox, available};

/// The calls that are counted and made to fail.
const CALLS: &str = "openat,read,pread64,write,fsync,fdatasync,rename,renameat,renameat2,linkat,unlink,unlinkat,\
    close,fchmod,ftruncate,flock,getdents64,statx,fstat,newfstatat,readlink,lseek";

/// A command that replaces, or creates, the file `out`.
struct Scenario {
    arguments: &'static [&'static str],
    old: Option<&'static [u8]>,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario {
        arguments: &[
            "score",
            "--model",
            "m.safetensors",
            "--format",
            "csv",
            "a.txt",
            "-o",
            "out",
        ],
        old: Some(b"old"),
    },
    Scenario {
        arguments: &["train", "news.csv", "--calibration", "none", "-o", "out"],
        old: Some(b"old"),
    },
    Scenario {
        arguments: &[
            "train",
            "news.csv",
            "--calibration",
            "none",
            "--stream",
            "-o",
            "out",
        ],
        old: Some(b"old"),
    },
    Scenario {
        arguments: &[
            "train",
            "news.csv",
            "--calibration",
            "none",
            "--no-overwrite",
            "-o",
            "out",
        ],
        old: None,
    },
    Scenario {
        arguments: &[
            "eval",
            "--model",
            "m.safetensors",
            "--format",
            "json",
            "news.csv",
            "-o",
            "out",
        ],
        old: Some(b"old"),
    },
];

/// A call of the main thread: its name, and its number among those of that name.
type Point = (String, usize);

/// What befalls a call.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Error(&'static str),
    Signal(&'static str),
}

fn faults(call: &str) -> Vec<Fault> {
    let errors: &[&str] = match call {
        "openat" => &[
            "EIO",
            "ENOSPC",
            "EMFILE",
            "EACCES",
            "EROFS",
            "ENAMETOOLONG",
            "ELOOP",
            "EDQUOT",
        ],
        "write" | "fsync" | "renameat" | "renameat2" | "linkat" => &["EIO", "ENOSPC", "EDQUOT"],
        _ => &["EIO"],
    };
    let signals = ["KILL", "TERM"].map(Fault::Signal);
    errors
        .iter()
        .map(|e| Fault::Error(e))
        .chain(signals)
        .collect()
}

struct Bench {
    sandbox: Sandbox,
    scenario: &'static Scenario,
    new: Vec<u8>,
}

impl Bench {
    fn new(scenario: &'static Scenario) -> Self {
        let sandbox = Sandbox::trained();
        sandbox.write("a.txt", "He said so. She denied it.");
        let mut bench = Self {
            sandbox,
            scenario,
            new: Vec::new(),
        };
        bench.reset();
        assert!(bench.strace(&["-e", "trace=none"]).status.success());
        bench.new = bench.sandbox.read("out");
        bench
    }

    /// The directory as it is before a run.
    fn reset(&self) {
        for name in self.sandbox.names() {
            if name == "out" || name.ends_with(".tmp") {
                fs::remove_file(self.sandbox.path(&name)).unwrap();
            }
        }
        if let Some(old) = self.scenario.old {
            self.sandbox.write("out", old);
        }
    }

    fn strace(&self, options: &[&str]) -> std::process::Output {
        Command::new("strace")
            .args(["-f", "-qq", "-o", "strace.log"])
            .args(options)
            .arg(env!("CARGO_BIN_EXE_purport"))
            .args(self.scenario.arguments)
            .args(["--threads", "1", "--quiet"])
            .current_dir(self.sandbox.path("."))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The calls from the program's first to its last.
    fn points(&self) -> Vec<Point> {
        self.reset();
        assert!(
            self.strace(&["-e", &format!("trace={CALLS}")])
                .status
                .success()
        );
        let log = String::from_utf8_lossy(&self.sandbox.read("strace.log")).into_owned();
        let main = log.split_whitespace().next().unwrap();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut points = Vec::new();
        let mut begun = false;
        for line in log
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(main))
        {
            let Some(call) = line[main.len()..]
                .trim_start()
                .split_once('(')
                .map(|(call, _)| call)
            else {
                continue;
            };
            let count = counts.entry(call).or_default();
            *count += 1;
            // What the program does first; before it only the loader works.
            begun |= line.contains("/proc/self/status");
            if begun {
                points.push((call.to_owned(), *count));
            }
        }
        assert!(points.len() > 10, "{points:?}");
        points
    }

    /// Runs with one fault; says what is wrong about the end.
    fn fault(&self, (call, number): &Point, fault: Fault) -> Result<(), String> {
        self.reset();
        let what = match fault {
            Fault::Error(error) => format!("error={error}"),
            Fault::Signal(signal) => format!("signal={signal}"),
        };
        let inject = format!("inject={call}:{what}:when={number}");
        let output = self.strace(&["-e", &format!("trace={call}"), "-e", &inject]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let case = format!(
            "{:?} {inject}: {} {stderr}",
            self.scenario.arguments, output.status
        );
        let now = fs::read(self.sandbox.path("out")).ok();
        let is_new = now.as_deref() == Some(&self.new[..]);
        if !is_new && now.as_deref() != self.scenario.old {
            return Err(format!("DAMAGED {case}"));
        }
        let code = output.status.code();
        match (fault, code) {
            (_, Some(0)) if !is_new => return Err(format!("FALSE SUCCESS {case}")),
            (_, Some(0)) | (Fault::Signal("TERM"), Some(143)) => {}
            (Fault::Signal("KILL"), None) if output.status.signal() == Some(9) => return Ok(()),
            // Before the program has prepared for it.
            (Fault::Signal("TERM"), None) if output.status.signal() == Some(15) && !is_new => {}
            (Fault::Error(_), Some(3 | 5)) if stderr.contains("error: ") => {}
            _ => return Err(format!("CODE {case}")),
        }
        let left = self
            .sandbox
            .names()
            .into_iter()
            .any(|name| name.ends_with(".tmp"));
        if left && !call.starts_with("unlink") {
            return Err(format!("LEFT {case}"));
        }
        Ok(())
    }

    /// After a kill the next writer removes what was left, once it is older than a few seconds.
    fn cleans(&self) {
        let left: BTreeSet<String> = self
            .sandbox
            .names()
            .into_iter()
            .filter(|name| name.ends_with(".tmp"))
            .collect();
        for name in &left {
            let file = fs::File::options()
                .write(true)
                .open(self.sandbox.path(name))
                .unwrap();
            file.set_modified(SystemTime::now() - Duration::from_mins(1))
                .unwrap();
        }
        if let Some(old) = self.scenario.old {
            self.sandbox.write("out", old);
        } else {
            let _ = fs::remove_file(self.sandbox.path("out"));
        }
        assert!(self.strace(&["-e", "trace=none"]).status.success());
        assert!(self.sandbox.read("out") == self.new);
        let names = self.sandbox.names();
        assert!(
            !names.iter().any(|name| left.contains(name)),
            "{left:?} in {names:?}"
        );
    }
}

/// B15, B17, B18, D17 and E14 by their calls. Everything with `PURPORT_FULL`, else one command with two faults a call.
#[test]
fn b15_b17_b18_d17_e14_no_fault_of_a_call_damages_a_file() {
    if !available("b15 b17 b18 d17 e14", "strace -qq -o /dev/null true") {
        return;
    }
    let full = std::env::var_os("PURPORT_FULL").is_some();
    let mut points = 0;
    let mut wrong = Vec::new();
    for scenario in &SCENARIOS[..if full { SCENARIOS.len() } else { 1 }] {
        let bench = Bench::new(scenario);
        for point in bench.points() {
            for fault in faults(&point.0) {
                if full || matches!(fault, Fault::Error("EIO") | Fault::Signal("KILL")) {
                    points += 1;
                    wrong.extend(bench.fault(&point, fault).err());
                }
                if full && matches!(fault, Fault::Signal("KILL")) {
                    bench.cleans();
                }
            }
        }
    }
    eprintln!("{points} fault points, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
