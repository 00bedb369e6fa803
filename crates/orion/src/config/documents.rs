//! What is written of the keys for people and editors: the default file, the reference, the JSON Schema. All of it comes
//! from the structs; a test holds the committed files to them.

use super::keys::{ANY, schema_of};
use super::{Config, Key, Keys, Kind};
use orion_infra::config::variable;
use toml::Value;

const WIDTH: usize = 118;

const HEAD: &str = "Every key of ORION with its default, made from the code. Copy what you change into a file of your own and name \
    it with --config or ORION_CONFIG.

A key is set by, the first that says something wins: a flag (--set database.max_connections=20), the environment \
    (ORION_DATABASE_MAX_CONNECTIONS=20), the file, its default. A value can stand in a file of its own, as secrets do: where \
    ORION_DATABASE_URL is read, ORION_DATABASE_URL_FILE names a file to read it from.

Some keys can be changed while ORION runs (PUT /api/v1/settings/{key}). Such a change holds for all processes, lies over what \
    they were started with, and is kept until it is taken back.";

/// `config/orion.default.toml`: every key with what it is, as a comment.
pub(crate) fn default_file() -> String {
    let mut text = comment(HEAD);
    for section in Keys::of::<Config>().sections() {
        if !section.name.is_empty() {
            // One that is named by who sets it is not there by itself.
            let (mark, name) = match section.name.contains(ANY) {
                true => ("#", section.name.replace(ANY, "name")),
                false => ("", section.name.clone()),
            };
            text.push_str(&format!("\n{}{mark}[{name}]\n", comment(&section.words)));
        }
        for key in &section.keys {
            let name = key.name.rsplit('.').next().unwrap_or_default();
            text.push_str(&format!("\n{}#{name} = {}\n", comment(&about(key)), key.default));
        }
    }
    text
}

/// `docs/configuration.md`: the same for readers.
pub(crate) fn reference() -> String {
    let mut text = format!(
        "# Configuration\n\n{HEAD}\n\n`orion config show` says what is in force now and where it came from, and of a setting what it lies over (they are changed at `/api/v1/settings`).\n"
    );
    for section in Keys::of::<Config>().sections() {
        let title =
            if section.name.is_empty() { "Above all sections".to_owned() } else { format!("`[{}]`", section.name) };
        let words = if section.name.is_empty() { "" } else { &*section.words };
        text.push_str(&format!("\n## {title}\n\n{words}\n"));
        for key in &section.keys {
            text.push_str(&format!(
                "\n### `{}`\n\n{}\n\n- {}\n- Default: {}\n- Variable: `{}`\n{}",
                key.name,
                key.words,
                sentence(&key.kind),
                if is_nothing(&key.default) { "empty".to_owned() } else { format!("`{}`", key.default) },
                variable(&key.name),
                if key.is_dynamic { "- Can be changed while ORION runs, at `/api/v1/settings`\n" } else { "" },
            ));
        }
    }
    text
}

/// `docs/configuration.schema.json`: for editors that complete TOML.
pub(crate) fn schema() -> String {
    let schema = schema_of::<Config>();
    format!("{:#}\n", schema.as_value())
}

/// What a key is, and its bounds where the words do not say them.
fn about(key: &Key) -> String {
    match key.kind {
        Kind::Whole { .. } | Kind::Choice(_) => format!("{} {}.", key.words.trim_end(), sentence(&key.kind)),
        _ => key.words.clone(),
    }
}

fn sentence(kind: &Kind) -> String {
    let demand = match kind {
        Kind::Whole { least, most: Some(most) } => format!("{least} to {most}"),
        kind if kind.is_secret() => "a secret".to_owned(),
        Kind::List(_) => "a list".to_owned(),
        kind => kind.demand(),
    };
    let mut letters = demand.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn is_nothing(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

/// Markdown as a comment, in lines of a length that can be read; code stays as it is.
fn comment(words: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut is_code) = (String::new(), false);
    for written in words.lines() {
        let is_fence = written.starts_with("```");
        if written.is_empty() || is_code || is_fence {
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            match written {
                "" => lines.push(String::new()),
                code if is_code && !is_fence => lines.push(format!("    {code}")),
                _ => {}
            }
            is_code ^= is_fence;
            continue;
        }
        for word in written.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// `ORION_WRITE=1 cargo test -p orion documents` writes them anew.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test's own switch")]
    fn the_committed_files_say_what_the_code_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (file, made) in [
            ("config/orion.default.toml", default_file()),
            ("docs/configuration.md", reference()),
            ("docs/configuration.schema.json", schema()),
        ] {
            let place = root.join(file);
            if std::env::var_os("ORION_WRITE").is_some() {
                std::fs::create_dir_all(place.parent().expect("a folder")).expect("made");
                std::fs::write(&place, &made).expect("written");
            }
            let committed = std::fs::read_to_string(&place).unwrap_or_default();
            assert!(committed == made, "{file} is not what the code says: ORION_WRITE=1 cargo test -p orion documents");
        }
    }

    #[test]
    fn the_default_file_with_every_key_set_is_the_default() {
        // A section that is named by who sets it is there once somebody has named it, so its keys stay comments.
        let mut is_named = false;
        let mut lines = Vec::new();
        for line in default_file().lines() {
            if line.starts_with('[') || line.starts_with("#[") {
                is_named = line.starts_with('#');
            }
            lines.push(if is_named { line.to_owned() } else { set(line).to_owned() });
        }
        let all = lines.join("\n");
        let config: Config = toml::from_str(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
        let (read, default) = (toml::to_string(&config), toml::to_string(&Config::default()));
        assert_eq!(read.expect("written"), default.expect("written"));
    }

    fn set(line: &str) -> &str {
        match line.strip_prefix('#') {
            Some(set) if !set.starts_with(' ') && set.contains(" = ") => set,
            _ => line,
        }
    }
}
