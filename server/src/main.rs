//! The program `weft`.

use std::process::ExitCode;

use weft_server::config::{self, Command};
use weft_server::{check, serve, telemetry, terminal, thinning, token};

fn main() -> ExitCode {
    let cli = config::read();
    let outcome = match cli.command {
        Some(Command::Migrate(database)) => serve::migrate(&database.url),
        Some(Command::Token(wanted)) => token::print(&wanted),
        Some(Command::History(wanted)) => terminal::history(&wanted),
        Some(Command::Replay(wanted)) => terminal::replay(&wanted),
        Some(Command::Check(wanted)) => check::run(&wanted),
        Some(Command::Thin(wanted)) => thinning::command::run(&wanted),
        Some(Command::Serve(options)) => run(*options),
        None => run(cli.serve),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("weft: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: config::Serve) -> anyhow::Result<()> {
    telemetry::start(&options.log, options.log_format).map_err(anyhow::Error::msg)?;
    config::check(&options).map_err(anyhow::Error::msg)?;
    serve::serve(options)
}
