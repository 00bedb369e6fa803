//! `orion user avatar`

use super::signed_in::Person;
use orion_testkit::{PASSWORD, TestPlatform};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_set_and_removed_by_commands() {
    let orion = TestPlatform::start().await;
    let (ada, root) = (orion.user("ada").await, orion.administrator().await.clone());
    let terminal = |email: &str| {
        let person = Person::at(&orion);
        let words = ["login", "--email", email, "--url", &person.url()];
        person.done(&words, &format!("{PASSWORD}\n"));
        person
    };
    let (own, admin) = (terminal(&ada.email), terminal(&root.email));
    let file = own.home.path().join("face.png");
    image::RgbImage::new(8, 8).save(&file).unwrap();
    let file = file.to_str().unwrap();
    let set = own.done(&["user", "avatar", "set", file], "");
    let url = set["avatar_url"].as_str().expect("an address");
    ada.request("GET", url).send().await.unwrap().error_for_status().unwrap();
    let shown = admin.types(&["user", "show", &ada.email], "");
    assert!(String::from_utf8(shown.stdout).unwrap().contains(url));
    let removed = admin.done(&["user", "avatar", "remove", "--user", &ada.email], "");
    assert_eq!((&removed["id"], &removed["avatar_url"]), (&set["id"], &Value::Null));
    let told = admin.types(&["user", "avatar", "set", file, "--user", &ada.email], "");
    assert_eq!(String::from_utf8(told.stdout).unwrap(), format!("The picture of {} is changed.\n", ada.email));
    let told = own.types(&["user", "avatar", "remove"], "");
    assert_eq!(String::from_utf8(told.stdout).unwrap(), "Your picture is removed.\n");

    let text = own.home.path().join("face.txt");
    std::fs::write(&text, "no picture").unwrap();
    let said = own.refused(&["user", "avatar", "set", text.to_str().unwrap()], "");
    assert!(said.contains("PNG, JPEG, WebP or GIF"), "{said}");
    let said = own.refused(&["user", "avatar", "set", "/nowhere/face.png"], "");
    assert!(said.contains("/nowhere/face.png cannot be read"), "{said}");
    let said = own.refused(&["user", "avatar", "set", file, "--user", &root.id.to_string()], "");
    assert!(said.contains("users.write") || said.contains("may not"), "{said}");
    orion.settle().await;
}
