//! The shipped templates: a file `templates/<name>/<channel>.<locale>.txt` each. Between two lines `+++` it says in TOML
//! what it is; the text follows. An HTML part stands beside it in a file of the same name that ends in `.html`.

use crate::domain::FALLBACK_LOCALE;
use crate::domain::template::{ShippedTemplate, TemplateVariable};
use orion_contracts::notifications::{Channel, TemplateCategory};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates/"]
pub(super) struct Files;

/// What all HTML parts share: inline styles only, nothing loaded from elsewhere.
pub(super) const LAYOUT: &str = "layout.html";
const TEXT: &str = ".txt";
const HTML: &str = ".html";
/// The line before and after what a file says of itself.
const FENCE: &str = "+++\n";

/// What a file says of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    display_name: String,
    category: TemplateCategory,
    version: i64,
    subject: String,
    /// Variables that the template makes no sense without.
    required: Vec<String>,
    /// Variables that may be absent.
    #[serde(default)]
    optional: Vec<String>,
}

/// Why a file is no template.
#[derive(Debug, thiserror::Error)]
#[error("the shipped template {path} {reason}")]
pub(super) struct Unreadable {
    path: String,
    reason: String,
}

/// All shipped templates, by path.
pub(super) fn templates() -> Result<Vec<ShippedTemplate>, Unreadable> {
    let mut paths: Vec<_> = Files::iter().filter(|path| path.ends_with(TEXT)).collect();
    paths.sort_unstable();
    paths.iter().map(|path| template(path)).collect()
}

/// Whether a template of this name is shipped for the channel, in the language of last resort.
pub(crate) fn ships(name: &str, channel: Channel) -> bool {
    Files::get(&format!("{name}/{}.{FALLBACK_LOCALE}{TEXT}", channel.as_str())).is_some()
}

fn template(path: &str) -> Result<ShippedTemplate, Unreadable> {
    let unreadable = |reason: &str| Unreadable { path: path.to_owned(), reason: reason.to_owned() };
    let (name, channel, locale) = place(path).ok_or_else(|| unreadable("is not <name>/<channel>.<locale>.txt"))?;
    let file = text(path).ok_or_else(|| unreadable("is not UTF-8"))?;
    let (head, body) = parts(&file).ok_or_else(|| unreadable("does not begin with TOML between two lines +++"))?;
    let head: FrontMatter = toml::from_str(head).map_err(|error| unreadable(&error.to_string()))?;
    let html = text(&path.replace(TEXT, HTML)).zip(text(LAYOUT));
    let variables =
        |names: Vec<String>, is_required| names.into_iter().map(move |name| TemplateVariable { name, is_required });
    Ok(ShippedTemplate {
        html_body: html.map(|(html, layout)| layout.replace("@@locale@@", locale).replace("@@content@@", &html)),
        name: name.to_owned(),
        channel,
        locale: locale.to_owned(),
        version: head.version,
        display_name: head.display_name,
        category: head.category,
        subject: head.subject,
        body: body.trim_end().to_owned(),
        variables: variables(head.required, true).chain(variables(head.optional, false)).collect(),
    })
}

/// Name, channel and locale, as the path tells them.
fn place(path: &str) -> Option<(&str, Channel, &str)> {
    let (name, file) = path.strip_suffix(TEXT)?.split_once('/')?;
    let (channel, locale) = file.split_once('.')?;
    Some((name, channel.parse().ok()?, locale))
}

/// What a file says of itself, and the text.
fn parts(file: &str) -> Option<(&str, &str)> {
    file.strip_prefix(FENCE)?.split_once(FENCE)
}

fn text(path: &str) -> Option<String> {
    String::from_utf8(Files::get(path)?.data.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notification::Variables;
    use crate::domain::template::{CompiledTemplate, Template};
    use std::collections::{BTreeMap, BTreeSet};

    fn shipped() -> Vec<ShippedTemplate> {
        templates().expect("readable templates")
    }

    #[test]
    fn every_file_is_a_template_or_belongs_to_one() {
        for path in Files::iter().filter(|path| *path != LAYOUT) {
            let text = path.strip_suffix(HTML).map_or(path.to_string(), |stem| format!("{stem}{TEXT}"));
            assert!(text.ends_with(TEXT) && Files::get(&text).is_some(), "{path} belongs to no template");
        }
    }

    #[test]
    fn a_template_says_all_of_itself_that_it_must_and_fits_its_table() {
        for ShippedTemplate { name, locale, version, display_name, subject, body, .. } in shipped() {
            assert!(version >= 1, "{name} {locale}");
            for (text, longest) in [(name, 100), (locale, 10), (display_name, 255), (subject, 500), (body, 100_000)] {
                assert!(!text.trim().is_empty() && text.chars().count() <= longest, "{text:?}");
            }
        }
    }

    #[test]
    fn a_name_has_the_same_languages_on_all_channels_and_english_is_one() {
        let mut languages: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
        for template in shipped() {
            let place = (template.name, template.channel.as_str());
            languages.entry(place).or_default().insert(template.locale);
        }
        for ((name, channel), own) in &languages {
            assert!(own.contains(FALLBACK_LOCALE), "{name} {channel}");
            let others = languages.iter().filter(|((other, _), _)| other == name);
            assert!(others.into_iter().all(|(_, others)| others == own), "{name} {channel}: {own:?}");
        }
    }

    #[test]
    fn the_languages_of_a_template_differ_in_words_only() {
        for template in shipped() {
            let english = shipped().into_iter().find(|other| {
                (&other.name, other.channel, &*other.locale) == (&template.name, template.channel, FALLBACK_LOCALE)
            });
            let english = english.expect("an English one");
            let facts = |template: &ShippedTemplate| {
                (template.category, template.variables.clone(), template.html_body.is_some())
            };
            assert_eq!(facts(&template), facts(&english), "{} {}", template.name, template.locale);
        }
    }

    /// The names in a template's tags, but for those of helpers.
    fn used(text: &str) -> BTreeSet<String> {
        let tags = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(tag, _)| tag);
        let words = tags.flat_map(str::split_whitespace);
        words.filter(|word| *word != "else" && !word.starts_with(['#', '/'])).map(str::to_owned).collect()
    }

    #[test]
    fn every_part_of_a_template_uses_the_variables_that_it_declares_and_no_other() {
        for template in shipped() {
            let declared: BTreeSet<String> = template.variables.into_iter().map(|variable| variable.name).collect();
            let text = template.subject + &template.body;
            for part in [Some(text), template.html_body].into_iter().flatten() {
                assert_eq!(used(&part), declared, "{} {}", template.name, template.locale);
            }
        }
    }

    #[test]
    fn every_template_can_be_filled_with_and_without_what_is_optional() {
        for shipped in shipped() {
            let template = Template {
                subject: Some(shipped.subject),
                body: shipped.body,
                html_body: shipped.html_body,
                variables: shipped.variables,
            };
            let compiled = CompiledTemplate::new(&template).expect("a valid template");
            for with_optional in [true, false] {
                let given = template.variables.iter().filter(|variable| with_optional || variable.is_required);
                let given = given.map(|variable| variable.name.clone()).collect::<Vec<_>>();
                let values: Variables = given.iter().map(|name| (name.clone(), format!("<{name}>").into())).collect();
                let rendered = compiled.render(&values).expect("filled");
                let text = rendered.subject.unwrap_or_default() + &rendered.text;
                for name in given {
                    assert!(text.contains(&format!("<{name}>")), "{name} in {text}");
                    let html = rendered.html.as_deref();
                    assert!(html.is_none_or(|html| html.contains(&format!("&lt;{name}&gt;"))), "{name} in {html:?}");
                }
            }
        }
    }

    #[test]
    fn html_loads_nothing_from_elsewhere_and_has_no_gaps() {
        for html in shipped().into_iter().filter_map(|template| template.html_body) {
            for forbidden in ["@@", "<img", "<script", "<link", "url(", "http"] {
                assert!(!html.contains(forbidden), "{forbidden} in {html}");
            }
        }
    }
}
