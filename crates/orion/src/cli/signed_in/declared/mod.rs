//! `orion plan` and `orion apply`: roles, organisations, teams and service accounts as files describe them. All of it goes over the public API,
//! as whoever is signed in: what they may not do by hand they may not do by a file.

mod accounts;
mod breaks;
mod export;
mod file;
mod found;
mod given;
mod may;
mod organisations;
mod perform;
mod plan;
mod read;
mod roles;
mod shape;
mod step;
mod words;

use super::At;
use super::calls::Calls;
use super::prompt;
use crate::cli::{Failure, Output, output};
use clap::Args;
use found::Found;
use garde::Validate;
use orion_contracts::api_keys::is_api_key;
use orion_contracts::fault::FieldFault;
use orion_infra::Clock;
use perform::Doing;
use plan::{Draft, Plan};
use read::{Place, Wanted};
use serde_json::json;
use std::collections::BTreeSet;
use std::process::ExitCode;

/// The exit code of `orion plan --exit-code` where something is to be done.
const CHANGES: u8 = 2;

/// `orion plan`.
#[derive(Args)]
pub(crate) struct PlanOrder {
    /// Files in YAML or JSON; - is standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "FILE", num_args = 1.., required_unless_present = "export")]
    files: Vec<String>,
    /// Remove what is in no file, of the sections that a file has; roles of ORION's own always stay.
    #[arg(long)]
    prune: bool,
    /// End with 0 when all is in sync, with 2 when there is something to do, and with 1 when it cannot be done.
    #[arg(long, alias = "detailed-exitcode")]
    exit_code: bool,
    /// Print a file of what is there instead, to begin with; with `-o json` in JSON.
    #[arg(long, conflicts_with_all = ["files", "prune", "exit_code"])]
    export: bool,
    #[command(flatten)]
    at: At,
}

/// `orion apply`.
#[derive(Args)]
pub(crate) struct ApplyOrder {
    /// Files in YAML or JSON; - is standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "FILE", num_args = 1.., required_unless_present = "plan")]
    files: Vec<String>,
    /// Remove what is in no file, of the sections that a file has; roles of ORION's own always stay.
    #[arg(long)]
    prune: bool,
    /// Do what `orion plan -o json` has printed, and nothing else: what was changed since is refused.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "prune"])]
    plan: Option<String>,
    /// Ask nothing.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    at: At,
}

impl PlanOrder {
    pub(super) fn at(&self) -> &At {
        &self.at
    }
}

impl ApplyOrder {
    pub(super) fn at(&self) -> &At {
        &self.at
    }
}

/// Shows what is to be done.
pub(super) async fn plan(calls: &mut Calls, order: &PlanOrder, output: Output) -> Result<ExitCode, Failure> {
    if order.export {
        let (file, left_out) = export::file(&Found::everything(calls, Clock::system().now()).await?);
        left_out.iter().for_each(|text| output::warning(text));
        let text = serde_saphyr::to_string(&file)?;
        output::value(output, text.trim_end(), &file)?;
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = read::files(&order.files)?;
    let plan = made(calls, &wanted, order.prune).await?;
    output::value(output, &words::plan(&plan, &wanted.files), &plan)?;
    Ok(match (plan.obstacles.is_empty(), plan.in_sync) {
        (false, _) => ExitCode::FAILURE,
        (true, false) if order.exit_code => ExitCode::from(CHANGES),
        (true, _) => ExitCode::SUCCESS,
    })
}

/// Shows what is to be done, and does it.
pub(super) async fn apply(calls: &mut Calls, order: &ApplyOrder, output: Output) -> Result<ExitCode, Failure> {
    let (plan, files) = match &order.plan {
        Some(file) => (kept_plan(calls, file)?, vec![file.clone()]),
        None => {
            let wanted = read::files(&order.files)?;
            (made(calls, &wanted, order.prune).await?, wanted.files)
        }
    };
    if output == Output::Text {
        output::value(output, &words::plan(&plan, &files), &())?;
    }
    if !plan.obstacles.is_empty() {
        let told: Vec<_> = plan.obstacles.iter().map(|one| format!("\n  {}", words::obstacle(one))).collect();
        return Err(format!("nothing is done, for this stands in the way:{}", told.concat()).into());
    }
    if plan.steps.is_empty() {
        if output == Output::Json {
            output::value(output, "", &json!({ "plan": plan, "done": [], "left": [], "failed": null }))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    // What a key cannot do is not begun.
    if let Some(step) =
        plan.steps.iter().find(|step| step.needs_a_person() && is_api_key(calls.token().expose().as_bytes()))
    {
        let words = "nothing is done: an API key makes no roles and service accounts; sign in with `orion login`, or set ORION_TOKEN";
        return Err(format!("{words} (to {step})").into());
    }
    // What a kept plan says of itself may be another thing than what it does.
    if order.plan.is_some() && output == Output::Text {
        let line = |step: &step::Step| Ok(format!("{step}: {}", serde_json::to_string(step)?));
        let steps = plan.steps.iter().map(|step| Ok(format!("\n  {}", words::shown(&line(step)?))));
        let steps = steps.collect::<Result<String, serde_json::Error>>()?;
        output::value(output, &format!("It does this, step by step:{steps}"), &())?;
    }
    confirm(order.yes)?;
    perform(calls, &plan, output).await
}

fn confirm(yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !prompt::is_possible() {
        return Err("nothing is done: there is no terminal to ask at; say --yes".into());
    }
    match prompt::ask("Type yes to do it")?.as_str() {
        "yes" => Ok(()),
        _ => Err("nothing is done".into()),
    }
}

async fn perform(calls: &mut Calls, plan: &Plan, output: Output) -> Result<ExitCode, Failure> {
    let mut doing = Doing::new(calls);
    let names = |steps: &[step::Step]| steps.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (at, step) in plan.steps.iter().enumerate() {
        if let Err(failure) = doing.step(step).await {
            let (done, left) = (&plan.steps[..at], &plan.steps[at..]);
            if output == Output::Json {
                let failed = json!({ "step": step.to_string(), "error": failure.to_string() });
                let told = json!({ "plan": plan, "done": names(done), "left": names(left), "failed": failed });
                output::value(output, "", &told)?;
            }
            let left: Vec<_> = names(left).into_iter().map(|name| format!("\n  {name}")).collect();
            let words = format!(
                "could not {step}: {failure}\n{at} of {} steps are done; these are not:{}\nRun it again to go on from there.",
                plan.steps.len(),
                left.concat()
            );
            return Err(words.into());
        }
        if output == Output::Text {
            output::value(output, &format!("  done: {}", words::shown(&step.to_string())), &())?;
        }
    }
    let told = json!({ "plan": plan, "done": names(&plan.steps), "left": [], "failed": null });
    output::value(output, &format!("All {} steps are done.", plan.steps.len()), &told)?;
    Ok(ExitCode::SUCCESS)
}

/// A plan that was made before, for this platform.
fn kept_plan(calls: &Calls, file: &str) -> Result<Plan, Failure> {
    let text = read::contents(file).map_err(|error| format!("{file}: {error}"))?;
    let form = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|plan| plan["form"].as_u64());
    if form.is_some_and(|form| form != u64::from(plan::FORM)) {
        return Err(format!("{file}: this orion reads plans of the form {}", plan::FORM).into());
    }
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|error| format!("{file}: {error}; it must be what `orion plan -o json` prints"))?;
    if let Some(step) = plan.steps.iter().find(|step| !step.is_sound()) {
        return Err(format!("{file}: what it names is no role or permission: {step:?}").into());
    }
    if plan.in_sync && !plan.steps.is_empty() {
        return Err(format!("{file}: it says that all is in sync, and has {} steps", plan.steps.len()).into());
    }
    match plan.url == calls.url() {
        true => Ok(plan),
        false => Err(format!("{file}: this plan is for {}, not for {}", plan.url, calls.url()).into()),
    }
}

/// Compares what is wanted with what is there.
async fn made(calls: &mut Calls, wanted: &Wanted, prune: bool) -> Result<Plan, Failure> {
    let found = Found::read(calls, wanted, prune, Clock::system().now()).await?;
    let mut draft = Draft::default();
    let roles = roles::compare(&mut draft, wanted, &found, prune);
    organisations::compare(&mut draft, wanted, &found, prune);
    accounts::compare(&mut draft, wanted, &found, &roles, prune);
    let (breaks, notes) = match draft.obstacles.is_empty() {
        true => {
            may::look(calls, &mut draft, &found, &roles).await?;
            breaks::look(calls, &mut draft, &found, &roles).await?
        }
        // Of what cannot be done it is not asked what it would do.
        false => (Vec::new(), Vec::new()),
    };
    let Draft { changes, same, obstacles, mut steps, removals } = draft;
    steps.extend(removals.into_iter().rev());
    let (form, url, in_sync) = (plan::FORM, calls.url().to_owned(), changes.is_empty() && obstacles.is_empty());
    Ok(Plan { form, url, in_sync, changes, same, breaks, notes, obstacles, steps })
}

/// The bounds that the platform has for each field, looked at before anything is sent.
fn check_bounds(draft: &mut Draft, place: &Place, subject: String, request: &impl Validate<Context = ()>) {
    let Err(report) = request.validate() else { return };
    for (path, fault) in report.iter() {
        let text = fault.message().to_string();
        let text = FieldFault::of_carried(&text).map_or(text, |fault| fault.to_string());
        draft.obstacle(Some(place), subject.clone(), format!("{path}: {text}"));
    }
}

/// What a name may mean, for words that tell of a mistake.
fn like(name: &str, known: &BTreeSet<String>) -> String {
    let likely = known.iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let likely = likely.filter(|(likeness, _)| *likeness > 0.85).max_by(|left, right| left.0.total_cmp(&right.0));
    likely.map(|(_, other)| format!("; did you mean {other}?")).unwrap_or_default()
}
