//! The command `purport`: parses, runs, prints what went wrong, and exits with a documented code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
