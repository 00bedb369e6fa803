//! `/auth/organisation-invitation`, the page behind the mail that invites somebody who has an account into an organisation.

mod answering;
mod ended;
mod seeing;

use crate::auth::pages::{Browser, mark_in};
use crate::users::organisations::ORGANISATIONS;
use orion_contracts::OrganisationId;
use orion_contracts::organisations::{MembershipList, OrganisationInvitation};
use orion_testkit::{Answer, Client, PASSWORD, TestPlatform};
use serde_json::json;

const PAGE: &str = "/auth/organisation-invitation";

async fn invite(by: &Client, id: OrganisationId, email: &str, roles: &[&str]) -> OrganisationInvitation {
    let order = json!({ "email": email, "roles": roles });
    by.post(&format!("{ORGANISATIONS}/{id}/invitations"), order).await.expect(201).json()
}

/// The link in the newest mail to somebody that names this organisation, from its path on.
async fn link(orion: &TestPlatform, email: &str, organisation: &str) -> String {
    orion.settle().await;
    let mails = orion.mailbox.to(email).await;
    let mail = mails.iter().rev().find(|mail| mail.contains(organisation)).expect("a mail");
    let after = mail.split_once(PAGE).unwrap_or_else(|| panic!("no link in {mail}")).1;
    format!("{PAGE}{}", after.split_whitespace().next().unwrap())
}

/// What leads to where somebody signs in, of those that a page offers.
fn sign_in_of(page: &str) -> String {
    let start = page.find("/auth/sign-in?return_to=").unwrap_or_else(|| panic!("no way to sign in: {page}"));
    page[start..].split('"').next().unwrap().to_owned()
}

/// Where the page leads who is not the one that it knows, from its path on.
fn as_another(page: &str) -> Option<String> {
    let (before, _) = page.split_once("&#38;as=another\"")?;
    Some(format!("{}&as=another", before.rsplit('"').next()?))
}

/// Signs in from a page, as another one where somebody is known to it, and comes back to it.
async fn enter(browser: &Browser, page: &Answer, email: &str) -> Answer {
    let sign_in = match as_another(&page.text) {
        Some(path) => browser.open(&path).await.expect(303).header("location").unwrap(),
        None => sign_in_of(&page.text),
    };
    let typed = [("email", email), ("password", PASSWORD)];
    follow(browser, browser.send(&sign_in, &typed).await).await
}

/// Signs in to look at an invitation.
async fn look(browser: &Browser, link: &str, email: &str) -> Answer {
    let asked = browser.open(link).await.expect(200);
    enter(browser, &asked, email).await
}

/// Sends a form of a page as it was shown.
async fn answer(browser: &Browser, link: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let after = page.text.split_once("name=\"sent_at\" value=\"").map(|(_, after)| after);
    let sent_at = after.and_then(|after| after.split('"').next()).unwrap_or_default();
    browser.send_marked(link, &mark_in(&page.text), &[&[("sent_at", sent_at)][..], fields].concat()).await
}

/// What the browser keeps of who has signed in to look: name and value.
fn known(browser: &Browser) -> (String, String) {
    let name = browser.name_of("orion_known");
    let value = browser.cookie(&name).unwrap();
    (name, value)
}

/// Goes on as a browser does until a page is shown.
async fn follow(browser: &Browser, mut answer: Answer) -> Answer {
    while answer.status == 303 {
        let to = answer.header("location").unwrap();
        let path = to.find("/auth/").map_or(to.as_str(), |start| &to[start..]);
        answer = browser.open(path).await;
    }
    answer
}

async fn organisations(user: &Client) -> Vec<String> {
    let own: MembershipList = user.get("/api/v1/users/me/organisations").await.expect(200).json();
    own.items.into_iter().map(|one| one.organisation.name).collect()
}
