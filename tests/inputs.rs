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
    let whole = gzip(NEWS);
    let cut = &whole[..whole.len() - 100];
    let sandbox = Sandbox::with(&[
        ("bomb.txt.gz", &bomb[..]),
        ("cut.csv.gz", cut),
        ("cut.txt.gz", cut),
        ("wrong.csv.gz", &wrong[..]),
        ("twice.txt.gz", &gzip(gzip("One."))),
        (
            "tail.txt.gz",
            &[gzip("One."), b"no member of it".to_vec()].concat(),
        ),
        ("good.txt", b"One."),
    ]);
    for (name, code, part) in [
        ("cut.txt.gz", 3, "cut.txt.gz: the gzip data are cut off"),
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
    // Of long texts and records those before the damage are kept.
    let bomb = sandbox.run(&["score", "bomb.txt.gz"]).expect(1);
    drop(bomb.says(&["bomb.txt.gz: ", "unpack to more than"]));
    for (name, part) in [
        ("cut.csv.gz", "cut off after "),
        ("wrong.csv.gz", "checksum"),
    ] {
        let run = sandbox
            .run(&["score", "--format", "labels", name])
            .expect(1);
        assert!(!run.lines().is_empty());
        drop(run.says(&[name, part]));
        drop(
            sandbox
                .run(&["train", name, "-o", "m"])
                .expect(3)
                .says(&[name, "gzip data"]),
        );
    }
}

/// The columns of rows of JSON Lines.
fn column(rows: &[serde_json::Value], name: &str) -> Vec<String> {
    rows.iter()
        .map(|row| row[name].as_str().unwrap_or("-").to_owned())
        .collect()
}

const PAGE: &str = "<html><head><meta charset=latin1><title>The head</title>\
    <meta property=og:site_name content='The Daily'><meta property=article:published_time content=2024-03-01>\
    <script>var gone = 'He said so.';</script></head>\
    <body><p>The mayor of Orl\u{e9}ans denied it.</p><style>p { color: red }</style><p>Sign up!</p></body></html>";

/// ISO 8859-1.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

#[test]
fn d06_a_page_gives_its_text_title_date_and_site() {
    let sandbox = Sandbox::with(&[("a.html", latin1(PAGE))]);
    let arguments = [
        "score",
        "--format",
        "jsonl",
        "a.html",
        "--text-output",
        "a.txt",
    ];
    let run = sandbox.run(&arguments).expect(0);
    assert_eq!(run.stderr, "");
    let rows = run.json_lines();
    assert_eq!(
        column(&rows, "text"),
        ["The mayor of Orl\u{e9}ans denied it.", "Sign up!"]
    );
    assert_eq!(column(&rows, "title"), ["The head"; 2]);
    assert_eq!(column(&rows, "date"), ["2024-03-01"; 2]);
    assert_eq!(column(&rows, "site"), ["The Daily"; 2]);
    let text = String::from_utf8(sandbox.read("a.txt")).unwrap();
    for row in &rows {
        let at = |name: &str| usize::try_from(row[name].as_u64().unwrap()).unwrap();
        assert_eq!(text[at("start")..at("end")], row["text"]);
    }
}

#[test]
fn d06_hostile_pages_are_read_in_linear_time() {
    let attribute = format!("<p title='{}'>Seen.", "x".repeat(10 << 20));
    let sandbox = Sandbox::with(&[
        ("lists.html", "<ul><li>".repeat(64_000) + "Seen."),
        ("open.html", "<div>".repeat(1_000_000) + "Seen."),
        ("attribute.html", attribute),
        (
            "entities.html",
            "<p>&#0; &#x110000; &notanentity; Seen.<![CDATA[x]]><!-- never closed".to_owned(),
        ),
        ("script.html", "<p>Seen.<script>He said so.".to_owned()),
    ]);
    let run = sandbox.run(&["score", "--format", "jsonl", "."]).expect(0);
    let texts = column(&run.json_lines(), "text");
    assert!(
        texts.iter().any(|text| text.contains("Seen."))
            && !texts.iter().any(|t| t.contains("He said")),
        "{texts:?}"
    );
    let run = sandbox
        .run(&["score", "--article-only", "lists.html", "script.html"])
        .expect(1);
    drop(run.says(&["error: lists.html: more than 256 elements inside each other"]));
}

#[test]
fn a_directory_is_read_in_order() {
    let sandbox = Sandbox::with(&[("first.txt", "First.")]);
    std::fs::create_dir_all(sandbox.path("d/deep")).unwrap();
    for (name, text) in [
        ("d/2.txt", "Two."),
        ("d/10.html", "<p>Ten."),
        ("d/deep/3.md", "# Three."),
        ("d/.hidden", "No."),
    ] {
        sandbox.write(name, text);
    }
    let run = sandbox
        .run(&["score", "--format", "jsonl", "d", "first.txt"])
        .expect(0);
    assert_eq!(
        column(&run.json_lines(), "source"),
        ["d/10.html", "d/2.txt", "d/deep/3.md", "first.txt"]
    );
    drop(run.says(&[
        "note: passed over 1 hidden files",
        "scored 4 of 4 inputs, 0 failed; 4 sentences in ",
    ]));
    let run = sandbox
        .run(&[
            "score", "--format", "jsonl", "d", "--glob", "*.txt", "--glob", "*.md",
        ])
        .expect(0);
    assert_eq!(column(&run.json_lines(), "text"), ["Two.", "Three."]);
    drop(
        sandbox
            .run(&["score", "d", "--glob", "[x"])
            .expect(2)
            .says(&["`[x` is no pattern", "hint: "]),
    );
    drop(
        sandbox
            .run(&["score", "d", "--glob", "*.none"])
            .expect(0)
            .says(&["no file was found"]),
    );
    // The output is no input, however often it is written.
    for _ in 0..2 {
        sandbox.run(&["score", "d", "-o", "d/out.txt"]).expect(0);
        sandbox
            .run(&["score", "d", "--text-output", "texts", "-o", "d/out.txt"])
            .expect(0);
    }
    assert_eq!(sandbox.read("texts/d/10.html.txt"), b"Ten.");
    assert_eq!(sandbox.read("texts/d/deep/3.md.txt"), b"Three.");
}

#[cfg(unix)]
#[test]
fn d11_pipes_and_links_in_directories_are_passed_over() {
    let sandbox = Sandbox::with(&[("out.txt", "Out.")]);
    let run = sandbox.shell(
        "mkdir -p d/e && echo One. > d/a.txt && mkfifo d/pipe && ln -s ../out.txt d/link.txt && ln -s .. d/e/up \
         && purport score --format jsonl d",
    );
    let run = run.expect(0);
    assert_eq!(column(&run.json_lines(), "text"), ["One."]);
    drop(run.says(&["passed over 2 symbolic links", "passed over 1 pipes"]));
    let run = sandbox.shell("rm d/pipe; purport score --format jsonl --follow d");
    assert_eq!(
        (run.code, column(&run.json_lines(), "text")),
        (1, vec!["One.".into(), "Out.".into()])
    );
    drop(run.says(&["error: d/e/up: a link that leads back to d"]));
}

#[cfg(target_os = "linux")]
#[test]
fn d12_names_of_any_bytes() {
    let sandbox = Sandbox::new();
    let run = sandbox.shell(
        "mkdir d && cd d && for name in $'\\xff.txt' $'new\\nline.txt' $'esc\\e[31m.txt' -x.txt '=cmd.txt'; \
         do echo One. > \"./$name\"; done; cd .. && purport score --format jsonl d",
    );
    let rows = run.expect(0).json_lines();
    assert_eq!(
        column(&rows, "source"),
        [
            "d/-x.txt",
            "d/=cmd.txt",
            "d/esc\u{1b}[31m.txt",
            "d/new\nline.txt",
            "d/\u{fffd}.txt"
        ]
    );
    assert_eq!(
        column(&rows, "path_bytes"),
        ["-", "-", "-", "-", "ZC//LnR4dA=="]
    );
    let human = sandbox.shell("purport score d").expect(0).text();
    assert!(
        !human.contains('\u{1b}') && human.contains("new\\nline"),
        "{human}"
    );
    drop(sandbox.run(&["score", "-x.txt"]).expect(2));
    drop(sandbox.run(&["score", ""]).expect(2));
}

#[test]
fn encodings_are_guessed_with_a_note_or_named() {
    let text = "El a\u{f1}o pasado la organizaci\u{f3}n inform\u{f3} de m\u{e1}s v\u{ed}ctimas, dijo el ministro.";
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let sandbox = Sandbox::with(&[
        ("a.txt", latin1(text)),
        ("b.txt", utf16),
        ("c.txt", b"caf\xc3\xa9 caf\xc3".to_vec()),
    ]);
    let texts = |arguments: &[&str]| {
        let run = sandbox
            .run(&[&["score", "--format", "jsonl"], arguments].concat())
            .expect(0);
        (column(&run.json_lines(), "text"), run.stderr)
    };
    let (found, notes) = texts(&["a.txt"]);
    assert_eq!(found, [text]);
    assert!(
        notes.contains("note: a.txt: not UTF-8, read as windows-1252"),
        "{notes}"
    );
    let (found, notes) = texts(&["a.txt", "--encoding", "latin1"]);
    assert!(found == [text] && !notes.contains("not UTF-8"));
    assert_eq!(texts(&["b.txt"]).0, [text]);
    drop(
        sandbox
            .run(&["score", "c.txt"])
            .expect(3)
            .says(&["c.txt:1:9: byte 0xC3 is not valid UTF-8", "hint: "]),
    );
    assert_eq!(texts(&["c.txt", "--lossy"]).0, ["caf\u{e9} caf\u{fffd}"]);
}

#[test]
fn d09_binary_files_are_read_if_forced() {
    let sandbox = Sandbox::with(&[("a.bin", b"\x7fELF\x02\x01\x01\0\0 He said so.")]);
    drop(
        sandbox
            .run(&["score", "a.bin"])
            .expect(3)
            .says(&["a.bin: this is an ELF program"]),
    );
    let run = sandbox
        .run(&["score", "--binary", "--format", "jsonl", "a.bin"])
        .expect(0);
    assert!(run.text().contains("He said so."));
}

#[test]
fn d26_cells_that_look_like_formulas() {
    let sandbox = Sandbox::with(&[(
        "a.csv",
        "text,note\nHe said so.,=1+1\n- They denied it.,@x\n",
    )]);
    let run = sandbox
        .run(&["score", "--format", "csv", "a.csv"])
        .expect(0);
    assert!(run.text().contains(",=1+1\n") && run.text().contains(",- They denied it.,"));
    drop(run.says(&["note: 3 cells begin as formulas do; --spreadsheet makes them harmless"]));
    let run = sandbox
        .run(&["score", "--format", "csv", "--spreadsheet", "a.csv"])
        .expect(0);
    assert!(
        run.text().contains(",'=1+1\n")
            && run.text().contains(",'- They denied it.,")
            && run.text().contains(",'@x\n")
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn columns_that_the_first_input_has_not_are_told() {
    let sandbox = Sandbox::with(&[("a.txt", "One."), ("b.html", "<title>T</title><p>Two.")]);
    let run = sandbox
        .run(&["score", "--format", "csv", "a.txt", "b.html"])
        .expect(0);
    assert_eq!(run.lines().len(), 3);
    drop(run.says(&["warning: b.html: the first input has no `title`, `date`, `site`"]));
    // A first input that cannot be read costs no header.
    let run = sandbox
        .run(&["score", "--format", "csv", "missing", "a.txt"])
        .expect(1);
    assert!(run.text().starts_with("source,"), "{}", run.text());
}

#[test]
fn a_failed_input_among_good_ones_is_counted_or_stops_the_run() {
    let lines = "{\"text\": \"One.\"}\n{\"text\": oops}\n{\"text\": \"Two.\"}\n";
    let sandbox = Sandbox::with(&[("a.txt", "One."), ("c.txt", "Three."), ("d.jsonl", lines)]);
    let run = sandbox
        .run(&["score", "--format", "labels", "a.txt", "b.txt", "c.txt"])
        .expect(1);
    assert_eq!(run.lines().len(), 2);
    drop(run.says(&[
        "error: b.txt: No such file",
        "scored 2 of 3 inputs, 1 failed; 2 sentences",
    ]));
    let fast = |input: &str, code: i32| {
        sandbox.write("out", "old");
        let run = sandbox
            .run(&["score", "--fail-fast", "a.txt", input, "c.txt", "-o", "out"])
            .expect(code);
        assert_eq!(sandbox.read("out"), b"old");
        run
    };
    drop(fast("b.txt", 5).says(&["error: b.txt: No such file"]));
    drop(fast("d.jsonl", 3).says(&["error: d.jsonl:2:10: "]));
    // What stands around the bad record is not written either.
    let run = sandbox.run(&["score", "--fail-fast", "--format", "labels", "d.jsonl"]);
    assert_eq!(run.expect(3).text(), "");
}

#[test]
fn an_input_without_a_good_record_is_bad_data() {
    let lines = "{\"body\": \"One.\"}\n{\"body\": \"Two.\"}\n";
    let sandbox = Sandbox::with(&[("a.jsonl", lines), ("out", "old")]);
    sandbox
        .run(&["score", "a.jsonl", "-o", "out"])
        .expect(3)
        .says(&[
            "error: a.jsonl:2:1: no field `text`, found `body`",
            "error: no record of the input could be read",
            "hint: --text-field names",
        ]);
    assert_eq!(sandbox.read("out"), b"old");
    sandbox
        .run(&["score", "a.jsonl", "--text-field", "body"])
        .expect(0);
}

#[test]
fn texts_replace_no_input_and_no_other_text() {
    let sandbox = Sandbox::with(&[("a.txt", "A."), ("a.txt.txt", "Other.")]);
    drop(
        sandbox
            .shell("mkdir -p d/e && echo One. > d/b.txt && echo Two. > d/e/b.txt")
            .expect(0),
    );
    let among = "its text would be written among the inputs";
    for line in [
        "score a.txt a.txt.txt --text-output .",
        "score d --text-output .",
        "score d --text-output d/..",
    ] {
        let line: Vec<&str> = line.split(' ').collect();
        sandbox
            .run(&line)
            .expect(2)
            .says(&[among, "hint: name a directory"]);
    }
    sandbox
        .run(&["score", "a.txt", "-o", "x", "--text-output", "x"])
        .expect(2)
        .says(&["error: x: two results would be written to it"]);
    let twice = sandbox.shell(
        "cd d/e && mkdir _ && cp ../b.txt _ && purport score ../b.txt _/b.txt --text-output t",
    );
    twice.expect(1).says(&[
        "_/b.txt: its text would replace that of another input or the results, t/_/b.txt.txt",
    ]);
    // The same input twice has one text.
    let twice = sandbox.run(&["score", "a.txt", "./a.txt", "--text-output", "same"]);
    twice.expect(0);
    // Nor does a text replace the results.
    let results = "mkdir t2 && purport score a.txt d/b.txt -o t2/a.txt.txt --text-output t2";
    let problem = "a.txt: its text would replace that of another input or the results";
    sandbox.shell(results).expect(1).says(&[problem]);
    assert!(sandbox.read("t2/a.txt.txt").starts_with(b"a.txt\n"));
    // A directory around the inputs is no reason to pass over them.
    for _ in 0..2 {
        let run = sandbox.run(&["score", "d/e", "--text-output", "d"]);
        run.expect(0).says(&["scored 3 of 3 inputs"]);
    }
    // Texts below the inputs are not read the next time.
    for _ in 0..2 {
        let run = sandbox.run(&["score", "d", "--glob", "b.txt*", "--text-output", "d/t"]);
        run.expect(0).says(&["scored 7 of 7 inputs"]);
    }
}

#[test]
fn rows_before_damage_are_kept() {
    use std::fmt::Write as _;
    let mut lines = String::new();
    for i in 0..60_000 {
        writeln!(
            lines,
            "{{\"text\": \"Line {i} says {}.\"}}",
            i * 7919 % 10_007
        )
        .unwrap();
    }
    let packed = gzip(&lines);
    let sandbox = Sandbox::with(&[("a.jsonl.gz", &packed[..packed.len() / 2])]);
    let run = sandbox
        .run(&["score", "--format", "labels", "a.jsonl.gz"])
        .expect(1);
    assert!(run.lines().len() > 10_000);
    drop(run.says(&["a.jsonl.gz: the gzip data are cut off after "]));
}

/// A folder of pages of which every two hundredth is broken, in four ways by turns.
fn many_pages(count: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    for i in 0..count {
        if i % 1000 == 0 {
            std::fs::create_dir_all(sandbox.path(&format!("pages/{:02}", i / 1000))).unwrap();
        }
        let page = match (i % 200, i / 200 % 4) {
            (7, 0) => b"\x7fELF\x02\x01\x01\0\0\0".to_vec(),
            (7, 1) => gzip("<p>One.")[..15].to_vec(),
            (7, 2) => b"<p>d\xc3\xa9j\xc3\xa0 d\xc3".to_vec(),
            (7, _) => vec![0; 500],
            _ => {
                format!("<title>Page {i}</title><p>The mayor of town {i} denied it.</p><p>Sign up!")
                    .into_bytes()
            }
        };
        sandbox.write(&format!("pages/{:02}/{i:05}.html", i / 1000), page);
    }
    sandbox
}

fn broken_pages_cost_nothing_but_themselves(count: usize) {
    let sandbox = many_pages(count);
    let run = sandbox
        .run(&["score", "--format", "jsonl", "pages"])
        .expect(1);
    let mut sources = column(&run.json_lines(), "source");
    sources.dedup();
    assert_eq!(sources.len(), count - count / 200);
    let errors: Vec<_> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: pages/"))
        .collect();
    assert_eq!(errors.len(), count / 200);
    let summary = format!(
        "scored {} of {count} inputs, {} failed; ",
        count - count / 200,
        count / 200
    );
    drop(run.says(&[&summary]));
}

#[test]
fn d10_ten_broken_pages_among_two_thousand() {
    broken_pages_cost_nothing_but_themselves(2_000);
}

#[test]
#[ignore = "slow; .ci/full runs it"]
fn d10_a_hundred_broken_pages_among_twenty_thousand() {
    broken_pages_cost_nothing_but_themselves(20_000);
}

#[test]
fn d14_each_record_of_a_slow_pipe_is_scored_when_it_is_there() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    for options in [&[][..], &["--input-format", "jsonl"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_purport"))
            .args(["score", "--format", "labels"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for (text, label) in [
            ("It rained.", "none"),
            ("Sign up for our newsletter!", "promotional"),
        ] {
            // The pipe stays open: what comes back was not held back for more.
            writeln!(input, "{{\"text\": \"{text}\"}}").unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), label);
        }
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn web_archives_are_scored_page_by_page() {
    let record = |kind: &str, uri: &str, content: &str| {
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-03-01T10:00:00Z\r\n\
             Content-Length: {}\r\n\r\n{content}\r\n\r\n",
            content.len()
        )
    };
    let page = |text: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<title>T</title><p>{text}"
        )
    };
    let archive: Vec<u8> = [
        record("warcinfo", "x", "software: x"),
        record(
            "response",
            "http://a.example/1",
            &page("It rained. She denied it."),
        ),
        record(
            "response",
            "http://a.example/2",
            &page(
                "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
            ),
        ),
        record("response", "http://a.example/3", &page("Sign up!")),
    ]
    .iter()
    .flat_map(gzip)
    .collect();
    let cut = &archive[..archive.len() - 20];
    let sandbox = Sandbox::with(&[
        ("a.warc.gz", &archive[..]),
        ("cut.warc.gz", cut),
        ("odd.warc", b"WARC/1.0\r\nno\r\n\r\n"),
    ]);
    let run = sandbox
        .run(&["score", "--format", "jsonl", "a.warc.gz"])
        .expect(0);
    let rows = run.json_lines();
    assert_eq!(
        column(&rows, "article")[..2],
        ["http://a.example/1", "http://a.example/1"]
    );
    assert_eq!(column(&rows, "text").last().unwrap(), "Sign up!");
    assert_eq!(column(&rows, "fetched")[0], "2024-03-01T10:00:00Z");
    assert_eq!(column(&rows, "title")[0], "T");
    let run = sandbox
        .run(&["score", "--format", "jsonl", "cut.warc.gz"])
        .expect(1);
    assert_eq!(
        column(&run.json_lines(), "text")[..2],
        ["It rained.", "She denied it."]
    );
    drop(run.says(&["error: cut.warc.gz: the gzip data are cut off after "]));
    drop(
        sandbox
            .run(&["score", "odd.warc"])
            .expect(3)
            .says(&["odd.warc: record 1: no Content-Length"]),
    );
}

#[test]
fn d02_a_long_text_is_read_in_pieces_whose_offsets_go_on() {
    let sandbox = Sandbox::new();
    let paragraph = format!("The mayor denied it. {}\n\n", "-".repeat(8_000));
    let text = paragraph.repeat((4 << 20) / paragraph.len() + 10);
    sandbox.write("a.txt", &text);
    let score = |name: &str, more: &[&str]| {
        let arguments = [
            &["score", "--format", "jsonl", "--context", "none"],
            more,
            &[name],
        ];
        sandbox.run(&arguments.concat()).expect(0)
    };
    let run =
        score("a.txt", &[]).says(&["note: a.txt: longer than 4 MiB, so read as several articles"]);
    let rows: Vec<serde_json::Value> = run
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), text.len() / paragraph.len());
    for row in &rows {
        let at = |field: &str| usize::try_from(row[field].as_u64().unwrap()).unwrap();
        assert_eq!(text[at("start")..at("end")], row["text"]);
    }
    assert_eq!(rows.last().unwrap()["article"], "5");
    // Whoever wants the text gets it as a whole.
    let whole = score("a.txt", &["--text-output", "all.txt"]);
    assert!(!whole.stderr.contains("several articles"));
    assert_eq!(sandbox.read("all.txt"), text.as_bytes());
}
