//! `/api/v1/users/me/avatar` and `/api/v1/users/{id}/avatar`: pictures of people.

mod bucket;
mod files;
mod pictures;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use orion_contracts::users::User;
use orion_contracts::{ServiceName, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Answer, Client, TestPlatform, TestUser, eventually};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::io::Cursor;
use std::time::Duration;

const OWN: &str = "/api/v1/users/me/avatar";
const ME: &str = "/api/v1/users/me";
const HOUR: Duration = Duration::from_secs(3600);

/// A picture of one colour.
fn picture(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    let mut written = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(RgbImage::from_pixel(40, 30, Rgb(colour))).write_to(&mut written, format).unwrap();
    written.into_inner()
}

fn blue() -> Vec<u8> {
    picture(ImageFormat::Png, [0, 0, 200])
}

fn red() -> Vec<u8> {
    picture(ImageFormat::Jpeg, [200, 0, 0])
}

/// Behind the last pixel of a PNG may stand whatever there is.
fn padded(length: usize) -> Vec<u8> {
    let mut picture = blue();
    picture.resize(length, 0);
    picture
}

fn of(id: UserId) -> String {
    format!("/api/v1/users/{id}/avatar")
}

async fn put(client: &Client, path: &str, picture: Vec<u8>) -> Answer {
    Answer::of(client.request("PUT", path).header("content-type", "image/png").body(picture)).await
}

/// What is shown at an address: its headers and the colour in its middle.
async fn seen(client: &Client, address: &str) -> (http::HeaderMap, [u8; 3]) {
    let response = client.request("GET", address).send().await.unwrap();
    assert_eq!(response.status(), 200, "{address}");
    let headers = response.headers().clone();
    let bytes = response.bytes().await.unwrap();
    assert_eq!(image::guess_format(&bytes).ok(), Some(ImageFormat::Jpeg));
    let image = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (256, 256));
    let pixel = image.get_pixel(128, 128).0;
    (headers, pixel.map(|value| if value > 128 { 200 } else { 0 }))
}

async fn address(client: &Client) -> Option<String> {
    client.get(ME).await.json::<User>().avatar_url
}

/// The names of all files that are kept in the directory.
fn files(orion: &TestPlatform) -> Vec<String> {
    let directory = orion.config.data_dir.join("objects/avatars");
    let Ok(found) = std::fs::read_dir(directory) else { return Vec::new() };
    found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// How many files are noted.
async fn noted(orion: &TestPlatform) -> usize {
    let db = orion.infra(ServiceName::Users).db.read();
    db.query_all_raw(statement(db, "SELECT name FROM avatars", [])).await.unwrap().len()
}

/// Until a job that is done again and again has its next time: it is written soon after the start.
async fn waits(orion: &TestPlatform, job: &str) {
    let db = orion.infra(ServiceName::Users).db.read();
    let select = || statement(db, "SELECT id FROM jobs WHERE kind = $1", [job.into()]);
    eventually("the job", || async { db.query_one_raw(select()).await.unwrap().map(drop) }).await;
}

async fn status(root: &TestUser, id: UserId, status: &str) {
    let order = json!({ "status": status, "reason": "Asked for it." });
    root.put(&format!("/api/v1/users/{id}/status"), order).await.expect(200);
}
