//! What shells and `man` are told about the command line.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::Sandbox;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The long options and commands that `--help` of a command names at the beginning of lines.
fn names(help: &str) -> Vec<String> {
    help.lines()
        .filter(|line| line.starts_with(' '))
        .flat_map(|line| line.trim_start().split([' ', ',']).take(3))
        .filter(|word| word.starts_with("--"))
        .map(|word| {
            word.trim_end_matches(['.', ']'])
                .split(['[', '='])
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn every_option_is_completed_and_has_its_line_in_the_manual() {
    let sandbox = Sandbox::new();
    let scripts = SHELLS.map(|shell| sandbox.run(&["completions", shell]).expect(0).text());
    for command in ["train", "score", "eval", "explain", "completions", "man"] {
        let help = sandbox.run(&[command, "--help"]).expect(0).text();
        let page = sandbox.run(&["man", command]).expect(0).text();
        let options = names(&help);
        assert!(options.len() > 5, "{command}: {options:?}");
        for option in options {
            let roff = option.replace('-', "\\-");
            assert!(page.contains(&roff), "man {command}: no {option}");
            for (shell, script) in SHELLS.iter().zip(&scripts) {
                let name = option.trim_start_matches('-');
                assert!(script.contains(name), "{shell}: no {option}");
            }
        }
    }
}

#[test]
fn a_manual_page_as_it_is_printed() {
    let page = Sandbox::new().run(&["man", "completions"]).expect(0).text();
    insta::assert_snapshot!(page);
}

#[cfg(unix)]
#[test]
fn bash_reads_the_script_and_completes_commands() {
    let run = Sandbox::new().shell(
        "source <(purport completions bash) && COMP_WORDS=(purport compl) COMP_CWORD=1 \
         && _purport purport compl purport && echo ${COMPREPLY[*]}",
    );
    assert_eq!(run.text(), "completions\n", "{}", run.stderr);
}

#[test]
fn an_unknown_command_has_no_page() {
    Sandbox::new()
        .run(&["man", "model", "fly"])
        .expect(2)
        .says(&["`model` has no command `fly`", "hint: ", "inspect"]);
}
