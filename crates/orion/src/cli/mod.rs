//! The command line.

mod admin;
mod cel;
mod config;
mod databases;
mod greeting;
mod migrate;
mod output;
mod roles;
mod run;
mod settings;
mod signals;
mod signed_in;
mod status;

use crate::config::{Config, Sources};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use orion_contracts::ServiceName;
use orion_http::telemetry;
use std::path::PathBuf;
use std::process::ExitCode;

/// The backend that every product needs before its first feature.
#[derive(Parser)]
#[command(name = "orion", version, about, long_about = None, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Over what every command understands, below what is its own.
const EVERYWHERE: &str = "Everywhere";

/// What every command understands.
#[derive(clap::Args)]
struct Global {
    /// A configuration file (or ORION_CONFIG); `orion config show` lists all keys.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where SQLite files, keys and the lock live: `data` below the working directory unless another is named.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIRECTORY")]
    data_dir: Option<String>,
    /// postgres://… ; prefer ORION_DATABASE_URL: command lines are visible to others.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL")]
    database_url: Option<String>,
    /// redis://…
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL")]
    redis_url: Option<String>,
    /// amqp://…
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL")]
    amqp_url: Option<String>,
    /// Any key, such as --set listen.gateway_port=8080.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// How answers look.
    #[arg(short, long, global = true, help_heading = EVERYWHERE, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// How answers look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Run all services in this process; migrates, seeds, and makes keys on the embedded database.
    #[command(alias = "start", alias = "run")]
    Up,
    /// Run some services in this process; the schema must be up to date.
    Serve {
        /// gateway, auth, users, notifications, admin
        #[arg(required = true)]
        services: Vec<ServiceName>,
    },
    /// Bring the schema up to date, or look at it.
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Check the configuration, or show it with secrets masked.
    #[command(subcommand)]
    Config(config::Command),
    /// Show every service and what it depends on.
    Status,
    /// Look after administrators, on the machine itself.
    #[command(subcommand)]
    Admin(admin::Command),
    /// See what was changed while ORION ran, and take it back, on the machine itself.
    #[command(subcommand)]
    Settings(settings::Command),
    /// Sign in to a platform, for the commands below that ask one.
    Login(signed_in::Login),
    /// Sign out again.
    Logout,
    /// The access token of the sign-in.
    #[command(subcommand)]
    Token(signed_in::Token),
    /// Users: who is there, and ordering a new password.
    ///
    /// What else is done for a user stands with its subject, by the id that is shown here, such as `orion factor reset`, `orion
    /// session end --all --user`, `orion device block --user`, `orion provider unlink --user`, `orion security events --user`.
    #[command(subcommand)]
    User(signed_in::User),
    /// Roles: what they allow, and making and changing them.
    #[command(subcommand)]
    Role(signed_in::Role),
    /// Permissions: what there is to be allowed, and what users are given or denied beside their roles.
    #[command(subcommand)]
    Permission(signed_in::Permission),
    /// The gateway's routes: which are in force, which of them a request would take, changing those that are kept, their history,
    /// and going back in it.
    #[command(subcommand, visible_alias = "routes")]
    Route(signed_in::Route),
    /// API keys: what programs call with that nobody signs in for.
    #[command(subcommand)]
    Apikey(signed_in::ApiKey),
    /// Service accounts: subjects that are programs.
    #[command(subcommand)]
    ServiceAccount(signed_in::ServiceAccount),
    /// Teams: some of an organisation's members.
    #[command(subcommand)]
    Team(signed_in::Team),
    /// Organisations: who belongs to them, what they hold inside, and for which of them you act.
    #[command(subcommand)]
    Organisation(signed_in::Organisation),
    /// Show what is to be done for the platform to be as files say: roles, organisations, teams and service accounts.
    Plan(signed_in::PlanOrder),
    /// Do what `orion plan` shows, after a question.
    Apply(signed_in::ApplyOrder),
    /// Second factors: one's own, and those of others.
    #[command(subcommand)]
    Factor(signed_in::Factor),
    /// Sessions: where somebody is signed in, and ending it.
    #[command(subcommand)]
    Session(signed_in::Session),
    /// Devices: what somebody has signed in from, and blocking it.
    #[command(subcommand)]
    Device(signed_in::Device),
    /// Providers: identities elsewhere by which somebody signs in.
    #[command(subcommand)]
    Provider(signed_in::Provider),
    /// Security: what happened to accounts, and what delays tries.
    #[command(subcommand)]
    Security(signed_in::Security),
    /// The audit log: who did what, and the proof that nothing of it was changed since.
    #[command(subcommand)]
    Audit(signed_in::Audit),
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(signed_in::Keys),
    /// Try conditions in CEL, as filters of events take them.
    #[command(subcommand)]
    Cel(cel::Command),
    /// Print what makes a shell complete the words of `orion`, such as: source <(orion completions bash)
    Completions {
        /// The shell.
        shell: Shell,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

impl Global {
    #[allow(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
    fn sources(&self) -> Sources {
        let named = [
            ("data_dir", &self.data_dir),
            ("database.url", &self.database_url),
            ("redis.url", &self.redis_url),
            ("amqp.url", &self.amqp_url),
        ];
        let named = named.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        Sources {
            file: self.config.clone(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            flags: self.set.clone(),
            named_flags: named.collect(),
        }
    }
}

/// Why a command did not do it: for a person, on standard error.
type Failure = Box<dyn std::error::Error>;

/// Runs the command; 0 when it was done, 1 when not, 2 when the command line is wrong or a condition could not be tried.
pub fn run() -> ExitCode {
    crate::memory::without_huge_pages();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::misuse(&error),
    };
    let output = cli.global.output;
    match dispatch(cli) {
        Ok(code) => code,
        Err(failure) => {
            output::error(output, failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    // Needs no configuration, and must not fail for a wrong one: a shell reads it at its start.
    if let Command::Completions { shell } = cli.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "orion", &mut script);
        return Ok(output::bytes(&script).map(|()| ExitCode::SUCCESS)?);
    }
    // Nor does this, and where it fails its code says so in its own way.
    if let Command::Cel(command) = &cli.command {
        return Ok(cel::run(command, cli.global.output));
    }
    let sources = cli.global.sources();
    let (config, layers) = Config::load(&sources)?;
    let output = cli.global.output;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let quiet = !matches!(cli.command, Command::Up | Command::Serve { .. });
    telemetry::start(if quiet { "warn" } else { &config.log.filter }, config.log.format)?;
    let outcome = runtime.block_on(async move {
        match cli.command {
            Command::Up => {
                layers.refuse(config.faults_of_start(&ServiceName::ALL))?;
                run::up(&config, sources, output).await
            }
            Command::Serve { mut services } => {
                services.sort_unstable();
                services.dedup();
                layers.refuse(config.faults_of_start(&services))?;
                run::serve(&config, sources, &services, output).await
            }
            Command::Migrate(command) => migrate::run(&config, command, output).await,
            Command::Config(command) => config::run(&config, &layers, &command, output).await,
            Command::Status => status::run(&config, output).await,
            Command::Admin(command) => admin::run(&config, &layers, &command, output).await,
            Command::Settings(command) => settings::run(&config, &command, output).await,
            Command::Login(order) => signed_in::login(&config, &order, output).await,
            Command::Logout => signed_in::logout(output).await,
            Command::Token(command) => signed_in::token(&command, output).await,
            Command::User(command) => signed_in::user(&command, output).await,
            Command::ServiceAccount(command) => signed_in::service_account(&command, output).await,
            Command::Team(command) => signed_in::team(&command, output).await,
            Command::Organisation(command) => signed_in::organisation(&command, output).await,
            Command::Route(command) => signed_in::route(&command, output).await,
            Command::Apikey(command) => signed_in::apikey(&command, output).await,
            Command::Role(command) => signed_in::role(&command, output).await,
            Command::Permission(command) => signed_in::permission(&command, output).await,
            Command::Plan(order) => signed_in::plan(&order, output).await,
            Command::Apply(order) => signed_in::apply(&order, output).await,
            Command::Factor(command) => signed_in::factor(&command, output).await,
            Command::Session(command) => signed_in::session(&command, output).await,
            Command::Device(command) => signed_in::device(&command, output).await,
            Command::Provider(command) => signed_in::provider(&command, output).await,
            Command::Security(command) => signed_in::security(&command, output).await,
            Command::Audit(command) => signed_in::audit(&config, &command, output).await,
            Command::Keys(command) => signed_in::keys(&command, output).await,
            Command::Cel(_) | Command::Completions { .. } => Ok(ExitCode::SUCCESS),
        }
    });
    // Threads that still wait, for a name server perhaps, keep nobody from the end.
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    /// What nobody is told of in a command and those below it.
    fn untold(command: &clap::Command, path: &str) -> Vec<String> {
        let path = format!("{path} {}", command.get_name());
        let is_told = |help: Option<&clap::builder::StyledStr>| help.is_some_and(|help| !help.to_string().is_empty());
        let arguments = command.get_arguments().filter(|argument| !is_told(argument.get_help()));
        let mut untold: Vec<_> = arguments.map(|argument| format!("{path}: {}", argument.get_id())).collect();
        if !is_told(command.get_about()) {
            untold.push(path.clone());
        }
        for below in command.get_subcommands() {
            untold.extend(self::untold(below, &path));
        }
        untold
    }

    #[test]
    fn every_command_and_each_of_its_words_is_told_of() {
        assert_eq!(untold(&Cli::command(), ""), Vec::<String>::new());
    }
}
