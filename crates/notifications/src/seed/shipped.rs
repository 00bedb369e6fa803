//! The shipped templates, put together from the files in `templates/`. A changed text is a new version.

use crate::domain::template::{NewTemplate, TemplateVariable};
use orion_contracts::TemplateId;
use orion_contracts::notifications::{Channel, TemplateCategory};

/// What all HTML mails share: inline styles only, nothing loaded from elsewhere.
const LAYOUT: &str = include_str!("../../templates/layout.html");

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!("../../templates/", $path))
    };
}

/// All shipped templates, in version 1, with ids from `new_id`.
pub(super) fn templates(new_id: impl Fn() -> TemplateId) -> Vec<NewTemplate> {
    let email = |name, locale, display_name, category, subject, text: &str, html, variables| NewTemplate {
        id: new_id(),
        name,
        channel: Channel::Email,
        locale,
        version: 1,
        display_name,
        category,
        subject,
        body: text.to_owned(),
        html_body: Some(LAYOUT.replace("@@locale@@", locale).replace("@@content@@", html)),
        variables,
    };
    let in_app = |name, locale, display_name, category, subject, text: &str, variables| NewTemplate {
        channel: Channel::InApp,
        html_body: None,
        ..email(name, locale, display_name, category, subject, text, "", variables)
    };
    let welcome = || vec![required("product_name"), optional("display_name"), required("link")];
    let greeting = || vec![required("product_name"), optional("display_name")];
    let product = || vec![required("product_name")];
    vec![
        email(
            "welcome",
            "en",
            "Welcome, with verification",
            TemplateCategory::Account,
            "Welcome to {{product_name}}: confirm your e-mail address",
            file!("welcome/email.en.txt"),
            file!("welcome/email.en.html"),
            welcome(),
        ),
        email(
            "welcome",
            "de",
            "Willkommen, mit Bestätigung",
            TemplateCategory::Account,
            "Willkommen bei {{product_name}}: Bestätigen Sie Ihre E-Mail-Adresse",
            file!("welcome/email.de.txt"),
            file!("welcome/email.de.html"),
            welcome(),
        ),
        in_app(
            "welcome",
            "en",
            "Welcome",
            TemplateCategory::Account,
            "Welcome to {{product_name}}",
            file!("welcome/in_app.en.txt"),
            greeting(),
        ),
        in_app(
            "welcome",
            "de",
            "Willkommen",
            TemplateCategory::Account,
            "Willkommen bei {{product_name}}",
            file!("welcome/in_app.de.txt"),
            greeting(),
        ),
        email(
            "already_registered",
            "en",
            "Address registered again",
            TemplateCategory::Security,
            "You already have an account at {{product_name}}",
            file!("already_registered/email.en.txt"),
            file!("already_registered/email.en.html"),
            product(),
        ),
        email(
            "already_registered",
            "de",
            "Adresse erneut registriert",
            TemplateCategory::Security,
            "Sie haben bereits ein Konto bei {{product_name}}",
            file!("already_registered/email.de.txt"),
            file!("already_registered/email.de.html"),
            product(),
        ),
    ]
}

fn required(name: &str) -> TemplateVariable {
    TemplateVariable { name: name.to_owned(), is_required: true }
}

fn optional(name: &str) -> TemplateVariable {
    TemplateVariable { name: name.to_owned(), is_required: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn shipped() -> Vec<NewTemplate> {
        templates(|| TemplateId(Uuid::nil()))
    }

    #[test]
    fn every_template_is_there_in_every_language() {
        let languages = |name, channel| -> BTreeSet<&str> {
            let found = shipped().into_iter().filter(|template| template.name == name && template.channel == channel);
            found.map(|template| template.locale).collect()
        };
        for (name, channel) in
            [("welcome", Channel::Email), ("welcome", Channel::InApp), ("already_registered", Channel::Email)]
        {
            assert_eq!(languages(name, channel), BTreeSet::from(["de", "en"]), "{name}");
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
