//! `orion user avatar`: somebody's picture.

use super::At;
use super::calls::Calls;
use super::gone;
use super::lists::seen;
use super::who::{self, Who};
use crate::cli::{Failure, Output, output};
use clap::Subcommand;
use orion_contracts::users::{LARGEST_AVATAR_KIB, User};
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a picture yours, or somebody's: a PNG, JPEG, WebP or GIF, of which the square in the middle is shown.
    Set {
        /// The file with the picture.
        file: PathBuf,
        /// Whose, by e-mail address or id; your own when nobody is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
    /// Take your picture away, or somebody's.
    Remove {
        /// Whose, by e-mail address or id; your own when nobody is named.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<Who>,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(super) fn at(&self) -> &At {
        match self {
            Self::Set { at, .. } | Self::Remove { at, .. } => at,
        }
    }
}

pub(super) async fn run(calls: &mut Calls, command: &Command, output: Output) -> Result<(), Failure> {
    let (who, picture) = match command {
        Command::Set { file, user, .. } => (user.as_ref(), Some(read(file)?)),
        Command::Remove { user, .. } => (user.as_ref(), None),
    };
    let whose = who::id_of(calls, who).await?.map_or_else(|| "me".to_owned(), |id| id.to_string());
    let path = format!("/api/v1/users/{whose}/avatar");
    let is_set = picture.is_some();
    let before: Option<User> = if is_set { None } else { seen(calls, &format!("/api/v1/users/{whose}")).await? };
    let was = before.is_none_or(|before| before.avatar_url.is_some());
    let changed: Result<User, _> = match picture {
        Some(picture) => calls.upload(&path, picture).await,
        None => calls.end(&path).await,
    };
    let changed = changed.map_err(|failure| match who {
        Some(who) => who.told(failure),
        None => failure,
    })?;
    let whose = who.map_or_else(|| "Your picture".to_owned(), |who| format!("The picture of {who}"));
    match is_set {
        true => output::value(output, &format!("{whose} is changed."), &changed),
        false => {
            let (done, before) = (format!("{whose} is removed"), "There was no picture".to_owned());
            gone::told(output, was, (&done, &before), &json!(changed))
        }
    }
}

/// What is in a file, unless it is larger than any picture may be.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unread = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    let most = u64::from(LARGEST_AVATAR_KIB) * 1024;
    let mut bytes = Vec::new();
    std::fs::File::open(file).map_err(unread)?.take(most + 1).read_to_end(&mut bytes).map_err(unread)?;
    match bytes.len() as u64 > most {
        true => Err(format!("{} is larger than a picture may be", file.display()).into()),
        false => Ok(bytes),
    }
}
