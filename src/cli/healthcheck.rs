//! `redcard healthcheck`: asks the service with the same configuration whether it is ready, for a
//! container's probe. It starts nothing and contacts no broker.

use super::environment::Environment;
use super::exit::Exit;
use super::settings::ConfigArgs;
use super::terminal;
use crate::http::probe::HttpProbe;
use anyhow::Context;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Builder;

const EXAMPLES: &str = "\
Examples:
  redcard healthcheck --config redcard.toml
  redcard healthcheck --config redcard.toml --live

It reads `http` of the configuration: the address, the token, the certificate. It prints
nothing if the service is ready, and the reasons if it is not.

Exit codes: 0 ready (or alive), 1 not, 2 wrong arguments or configuration, 3 no response.";

/// If this were longer, an orchestrator would give up first.
const LIMIT_DEFAULT_SECONDS: u64 = 4;

/// Ask a running service whether it is ready, for a container's probe
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct HealthcheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Ask whether it is alive instead
    #[arg(long)]
    live: bool,
    /// Ask this address instead of `http.listen`, as in `127.0.0.1:9465`
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// Time limit for the response, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = LIMIT_DEFAULT_SECONDS,
          value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
}

pub fn run(args: &HealthcheckArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let config = args.config.read(environment)?;
    let access = config.http_access()?;
    let probe = HttpProbe {
        listen: args.address.unwrap_or(config.http.listen),
        path: if args.live { "/livez" } else { "/readyz" },
        token: access.token,
        certificates: access.tls.map(|(certificates, _)| certificates),
        limit: Duration::from_secs(args.timeout),
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    let answer = runtime.context("cannot start the runtime")?.block_on(probe.ask())?;
    if answer.is_ok {
        return Ok(Exit::Ok.into());
    }
    terminal::error(format_args!("{} answers {}: {}", probe.path, answer.status, answer.body));
    Ok(Exit::BadInput.into())
}
