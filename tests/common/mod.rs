//! Runs the binary in a directory of its own and holds every run to the same contract: a documented exit
//! code, messages with a place on standard error, nothing on standard output but data, and no file
//! changed or left behind by a failure.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper of tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use proptest::prelude::ProptestConfig;
use tempfile::TempDir;

/// Codes that the README documents, as far as a process can end by itself.
const DOCUMENTED: [i32; 7] = [0, 1, 2, 3, 4, 5, 6];

/// As many random cases as a quick run has time for, or as many as `PROPTEST_CASES` asks for.
pub(crate) fn random_cases(quick: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: asked.and_then(|n| n.parse().ok()).unwrap_or(quick),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A directory with files, in which the binary runs.
pub(crate) struct Sandbox {
    directory: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
    before: BTreeMap<PathBuf, Vec<u8>>,
    after: BTreeMap<PathBuf, Vec<u8>>,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// A sandbox with files.
    pub(crate) fn with<B: AsRef<[u8]>>(files: &[(&str, B)]) -> Self {
        let sandbox = Self::new();
        for (name, content) in files {
            sandbox.write(name, content);
        }
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// A trained model `m.safetensors` beside [`NEWS`] as `news.csv`.
    pub(crate) fn trained() -> Self {
        let sandbox = Self::with(&[("news.csv", NEWS)]);
        sandbox
            .run(&["train", "news.csv", "-o", "m.safetensors", "--folds", "3"])
            .expect(0);
        sandbox
    }

    /// Names in the directory, hidden ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names_in(".")
    }

    /// Names in a directory below it.
    pub(crate) fn names_in(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort_unstable();
        names
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.directory.path(), &mut files);
        files
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, b"")
    }

    /// Runs with `input` as standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        let before = self.files();
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        self.ended(&output, before)
    }

    /// Runs a shell line in which `purport` is the binary.
    pub(crate) fn shell(&self, line: &str) -> Run {
        let before = self.files();
        let binary = Path::new(env!("CARGO_BIN_EXE_purport"));
        let path = format!(
            "{}:{}",
            binary.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        let output = Command::new("bash")
            .args(["-c", line])
            .current_dir(self.directory.path())
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        self.ended(&output, before)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_purport"));
        command
            .current_dir(self.directory.path())
            .env_remove("NO_COLOR");
        command
    }

    fn ended(&self, output: &std::process::Output, before: BTreeMap<PathBuf, Vec<u8>>) -> Run {
        let run = Run {
            code: output.status.code().expect("not ended by a signal"),
            stdout: output.stdout.clone(),
            stderr: String::from_utf8(output.stderr.clone()).expect("messages are UTF-8"),
            before,
            after: self.files(),
        };
        assert!(
            DOCUMENTED.contains(&run.code),
            "exit code {} is not documented: {}",
            run.code,
            run.stderr
        );
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }
}

/// Sends a signal by its name.
pub(crate) fn kill(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// Whether the shell can run `line`; if not, says which row is left out, or fails where all must run.
pub(crate) fn available(row: &str, line: &str) -> bool {
    let output = Command::new("bash").args(["-c", line]).output().unwrap();
    if output.status.success() {
        return true;
    }
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        std::env::var_os("PURPORT_FULL").is_none(),
        "{row} cannot run: `{line}`: {why}"
    );
    eprintln!("LEFT OUT: {row}: `{line}`: {why}");
    false
}

/// `count` numbers below 1000 that depend on `seed` alone.
pub(crate) fn shuffled(seed: u64, count: usize) -> impl Iterator<Item = u64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 29)) % 1000
    })
    .take(count)
}

fn collect(directory: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.is_file() {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

impl Run {
    /// Asserts the exit code, and with it the rest of the contract.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            code,
            "stdout: {}\nstderr: {}",
            self.text(),
            self.stderr
        );
        assert!(
            !self
                .after
                .keys()
                .any(|path| path.to_string_lossy().ends_with(".tmp")),
            "a temporary file is left: {:?}",
            self.after.keys()
        );
        if code > 1 {
            assert!(
                self.stderr.contains("error: "),
                "no error message: {}",
                self.stderr
            );
            assert!(self.before == self.after, "a failed run changed files");
            assert_eq!(self.text(), "", "a failed run wrote data");
        }
        for (path, content) in &self.before {
            let now = self.after.get(path).expect("no file is removed");
            assert!(
                code == 0 || now == content,
                "{} was changed",
                path.display()
            );
        }
        self
    }

    /// Asserts that standard error holds every part.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no {part:?} in: {}",
                self.stderr
            );
        }
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// Standard output as JSON Lines.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Nine articles with all five values, small enough to train on in no time.
pub(crate) const NEWS: &str = "\
article,position,label,text
a,0,reported_claim,\"The mayor said on Monday that the bridge would open in May, according to her office.\"
a,1,confirmation,A spokesman confirmed that the bridge had been closed since the flood.
a,2,none,The bridge was built in 1932 and carries two lanes of traffic.
a,3,promotional,Sign up for our newsletter and support local journalism.
b,0,reported_claim,\"Police said the man had left the house before midnight, and told reporters they would go on.\"
b,1,skepticism,The lawyer denied the claim and said there was no evidence for it.
b,2,none,The trial began in March and lasted four weeks.
b,3,promotional,Subscribe now to read more from our newsletter.
c,0,confirmation,The company acknowledged on Friday that its software had failed.
c,1,skepticism,It could not be independently verified whether the software was sold.
c,2,none,Shares rose in early trading and fell again by noon.
c,3,reported_claim,\"Analysts said they expected a loss, according to a note.\"
d,0,reported_claim,\"The minister said the talks would go on, according to the ministry.\"
d,1,skepticism,Officials denied the report and rejected the figures as false.
d,2,none,The two countries share a border of 300 kilometres.
e,0,confirmation,Police confirmed that two people had been arrested.
e,1,none,The streets were quiet in the afternoon.
e,2,promotional,Follow us and sign up for alerts.
f,0,confirmation,She admitted that she had known and confirmed the date.
f,1,reported_claim,He told the court that he had been asleep.
f,2,none,Rain fell on the hills all night.
f,3,promotional,Support us: subscribe to our newsletter.
g,0,skepticism,Experts doubted the figures and questioned whether the plan could work.
g,1,none,The village lies at the end of a valley.
h,0,reported_claim,\"“We will open in May,” the mayor said.\"
h,1,none,The river runs under the bridge.
i,0,skepticism,There is no evidence that the claim is true.
i,1,confirmation,Records confirmed that the company was sold in May.
i,2,promotional,Read more and sign up.
";
