//! `purport completions` and `purport man`: what a shell and `man` are told about the command line.

use clap::CommandFactory;
use clap_mangen::Man;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::failure::Failure;
use super::{Outcome, output};

pub(crate) fn completions(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "purport", &mut script);
    output::write(args.output.as_deref(), &script)?;
    Ok(Outcome::Done)
}

pub(crate) fn man(args: &ManArgs) -> anyhow::Result<Outcome> {
    let page = page(&args.command)?;
    output::write(args.output.as_deref(), &page)?;
    Ok(Outcome::Done)
}

/// The manual page of the command under the names in `path`; of the program if there are none.
fn page(path: &[String]) -> anyhow::Result<Vec<u8>> {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    for name in path {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| no_command(name, command))?;
    }
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

fn no_command(name: &str, parent: &clap::Command) -> Failure {
    let names: Vec<_> = parent
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    Failure::usage(
        &format!("`{}` has no command `{name}`", parent.get_name()),
        &format!("its commands are: {}", names.join(", ")),
    )
}
