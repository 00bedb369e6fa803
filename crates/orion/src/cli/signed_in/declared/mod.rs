//! `orion plan` and `orion apply`: roles, organisations, teams, service accounts and routes as files describe them. All of it goes over the public API,
//! as whoever is signed in: what they may not do by hand they may not do by a file.

mod accounts;
mod breaks;
mod export;
mod file;
mod found;
mod gateway;
mod given;
mod lasting;
mod may;
mod meaning;
mod organisations;
mod perform;
mod places;
mod plan;
mod read;
mod roles;
mod shape;
mod step;
mod words;

use super::calls::Calls;
use super::prompt;
use super::refusals::of_file;
use crate::cli::{Failure, Output, output};
use clap::Args;
use found::Found;
use garde::Validate;
use orion_contracts::api_keys::is_api_key;
use orion_contracts::fault::FieldFault;
use orion_infra::Clock;
use perform::Doing;
use plan::{Draft, Plan};
use read::{At, Wanted};
use serde_json::json;
use std::process::ExitCode;

/// The exit code of `orion plan --exit-code` where something is to be done.
const CHANGES: u8 = 2;

/// `orion plan`.
#[derive(Args)]
pub(crate) struct PlanOrder {
    /// Files in YAML or JSON; - is standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "FILE", num_args = 1..)]
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
    at: super::At,
}

/// `orion apply`.
#[derive(Args)]
pub(crate) struct ApplyOrder {
    /// Files in YAML or JSON; - is standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "FILE", num_args = 1..)]
    files: Vec<String>,
    /// Remove what is in no file, of the sections that a file has; roles of ORION's own always stay.
    #[arg(long)]
    prune: bool,
    /// Do what `orion plan -o json` has printed, and nothing else: where the platform was changed since, nothing is done.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "prune"])]
    plan: Option<String>,
    #[command(flatten)]
    sure: prompt::Sure,
    #[command(flatten)]
    at: super::At,
}

impl PlanOrder {
    pub(super) fn at(&self) -> &super::At {
        &self.at
    }

    /// What is to be named besides, if something is.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        (self.files.is_empty() && !self.export).then_some(
            "name a file with -f, such as `orion plan -f platform.yaml`; `orion plan --export` prints one of what is there",
        )
    }
}

impl ApplyOrder {
    pub(super) fn at(&self) -> &super::At {
        &self.at
    }

    /// What is to be named besides, if something is.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        (self.files.is_empty() && self.plan.is_none()).then_some(
            "name a file with -f, such as `orion apply -f platform.yaml`, or with --plan what `orion plan -f platform.yaml -o json` \
             has printed; `orion plan --export` prints a file of what is there",
        )
    }
}

/// Shows what is to be done.
pub(super) async fn plan(calls: &mut Calls, order: &PlanOrder, output: Output) -> Result<ExitCode, Failure> {
    if order.export {
        let (file, left_out) = export::file(&Found::everything(calls, Clock::system().now()).await?);
        left_out.iter().for_each(|text| output::warning(&words::shown(text)));
        output::document(output, &serde_saphyr::to_string(&file)?, &file)?;
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = read::files(&order.files)?;
    let plan = made(calls, &wanted, order.prune).await?;
    output::value(output, &words::plan(&plan), &plan)?;
    Ok(match (plan.obstacles.is_empty(), plan.in_sync) {
        (false, _) => ExitCode::FAILURE,
        (true, false) if order.exit_code => ExitCode::from(CHANGES),
        (true, _) => ExitCode::SUCCESS,
    })
}

/// Shows what is to be done, and does it.
pub(super) async fn apply(calls: &mut Calls, order: &ApplyOrder, output: Output) -> Result<ExitCode, Failure> {
    let plan = match &order.plan {
        Some(file) => again(calls, file).await?,
        None => made(calls, &read::files(&order.files)?, order.prune).await?,
    };
    if output == Output::Text {
        output::value(output, &words::plan(&plan), &())?;
    }
    if !plan.obstacles.is_empty() {
        let told: Vec<_> =
            plan.obstacles.iter().map(|one| format!("\n  {}", words::shown(&words::obstacle(one)))).collect();
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
        return Err(format!("{words} (to {})", words::shown(&step.to_string())).into());
    }
    order.sure.ask(words::summary(&plan).trim_end_matches('.'), "yes")?;
    perform(calls, &plan, order.plan.is_some(), output).await
}

async fn perform(calls: &mut Calls, plan: &Plan, is_kept: bool, output: Output) -> Result<ExitCode, Failure> {
    let mut doing = Doing::new(calls, &plan.gives);
    let names = |steps: &[step::Step]| steps.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (at, step) in plan.steps.iter().enumerate() {
        if let Err(failure) = doing.step(step).await {
            let (done, left) = (&plan.steps[..at], &plan.steps[at..]);
            if output == Output::Json {
                let failed = json!({ "step": step.to_string(), "error": of_file(&failure) });
                let told = json!({ "plan": plan, "done": names(done), "left": names(left), "failed": failed });
                output::value(output, "", &told)?;
            }
            let left: Vec<_> = names(left).into_iter().map(|name| format!("\n  {}", words::shown(&name))).collect();
            let of = words::counted(plan.steps.len(), "step is", "steps are");
            let on = match is_kept {
                true => "Make the plan anew to go on from there.",
                false => "Run it again to go on from there.",
            };
            let step = words::shown(&step.to_string());
            let words =
                format!("could not {step}: {}\n{at} of {of} done; not done:{}\n{on}", of_file(&failure), left.concat());
            return Err(words.into());
        }
        if output == Output::Text {
            output::value(output, &format!("  done: {}", words::shown(&step.to_string())), &())?;
        }
    }
    let told = json!({ "plan": plan, "done": names(&plan.steps), "left": [], "failed": null });
    let text = match plan.steps.len() {
        1 => "The step is done.".to_owned(),
        number => format!("All {number} steps are done."),
    };
    output::value(output, &text, &told)?;
    Ok(ExitCode::SUCCESS)
}

/// A plan that was kept, made once more of the files in it: what is done is what it says, or nothing is.
async fn again(calls: &mut Calls, file: &str) -> Result<Plan, Failure> {
    let kept = kept_plan(calls, file)?;
    let mut wanted = Wanted::default();
    for source in &kept.files {
        wanted.add(&source.name, &source.text)?;
    }
    let plan = made(calls, &wanted, kept.prune).await?;
    match plan.beyond(&kept) {
        None => Ok(plan),
        Some(other) => Err(format!(
            "{file}: nothing is done, for {}. The platform was changed since the plan was made, or the plan was: make it anew",
            words::shown(&other)
        )
        .into()),
    }
}

/// A plan that was made before, for this platform.
fn kept_plan(calls: &Calls, file: &str) -> Result<Plan, Failure> {
    let text = read::contents(file, read::LARGEST_PLAN).map_err(|error| format!("{file}: {error}"))?;
    let form = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|plan| plan["form"].as_u64());
    if form.is_some_and(|form| form != u64::from(plan::FORM)) {
        return Err(format!("{file}: this orion reads plans of the form {}; make it anew", plan::FORM).into());
    }
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|error| format!("{file}: {error}; it must be what `orion plan -o json` prints"))?;
    match plan.url == calls.url() {
        true => Ok(plan),
        false => Err(format!("{file}: this plan is for {}, not for {}", words::shown(&plan.url), calls.url()).into()),
    }
}

/// Compares what is wanted with what is there.
async fn made(calls: &mut Calls, wanted: &Wanted, prune: bool) -> Result<Plan, Failure> {
    let found = Found::read(calls, wanted, prune, Clock::system().now()).await?;
    let mut draft = Draft::default();
    let roles = roles::compare(&mut draft, wanted, &found, prune);
    organisations::compare(&mut draft, wanted, &found, prune);
    accounts::compare(&mut draft, wanted, &found, &roles, prune);
    gateway::compare(&mut draft, wanted, &found, prune);
    let (breaks, notes) = match draft.obstacles.is_empty() {
        true => {
            gateway::look(calls, &mut draft, wanted).await?;
            may::look(calls, &mut draft, wanted, &found, &roles).await?;
            breaks::look(calls, &mut draft, &found, &roles).await?
        }
        // Of what cannot be done it is not asked what it would do.
        false => (Vec::new(), Vec::new()),
    };
    let Draft { changes, same, mut obstacles, mut steps, removals } = draft;
    // In the order of the lines, so that they are mended from top to bottom; what stands in no file comes last.
    let at = |file: &str| wanted.files.iter().position(|source| source.name == file);
    obstacles.sort_by_cached_key(|one| {
        let place = one.place.as_ref().map(|place| (at(&place.file), place.line, place.column));
        (place.is_none(), place)
    });
    steps.extend(removals.into_iter().rev());
    let (form, url, in_sync) = (plan::FORM, calls.url().to_owned(), changes.is_empty() && obstacles.is_empty());
    let files = wanted.files.clone();
    let gives = meaning::of(meaning::named(&steps), &found.roles, &roles.after);
    Ok(Plan { form, url, files, prune, in_sync, changes, same, breaks, notes, obstacles, steps, gives })
}

/// The bounds that the platform has for each field, looked at before anything is sent.
fn check_bounds<T>(draft: &mut Draft, at: &At<T>, subject: String, request: &impl Validate<Context = ()>) {
    let Err(report) = request.validate() else { return };
    for (path, fault) in report.iter() {
        let text = fault.message().to_string();
        let text = FieldFault::of_carried(&text).map_or(text, |fault| fault.to_string());
        let path = path.to_string();
        let place = at.field(path.split(['.', '[']).next().unwrap_or_default());
        draft.obstacle(Some(&place), subject.clone(), format!("{path}: {text}"));
    }
}
