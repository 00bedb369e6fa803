//! The product's logo on the pages that people see: a file that the operator names, read once, at the start.

use orion_contracts::FieldCode;
use orion_infra::config::ConfigFault;
use orion_infra::secrets::sha256_hex;
use std::fs::File;
use std::io::Read;

/// The largest file, in bytes.
const MAX: usize = 256 * 1024;
/// How far into a text file an SVG image has begun.
const HEAD: usize = 1024;

/// An image.
#[derive(Debug)]
pub(crate) struct Logo {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// What its address names it by: another image has another one.
    pub(crate) hash: String,
}

impl Logo {
    /// Reads the file of `auth.logo_path`; none where that is empty.
    pub(crate) fn read(path: &str) -> Result<Option<Self>, ConfigFault> {
        if path.is_empty() {
            return Ok(None);
        }
        let fault = |message: String| ConfigFault::new("auth.logo_path", FieldCode::Invalid, message);
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| fault(format!("names a file that cannot be read: {error}")))?;
        if bytes.len() > MAX {
            return Err(fault(format!("names a file of more than {MAX} bytes")));
        }
        let media_type =
            media_type_of(&bytes).ok_or_else(|| fault("must name an SVG, PNG, JPEG or WebP image".to_owned()))?;
        Ok(Some(Self { hash: sha256_hex(&bytes), media_type, bytes }))
    }
}

fn media_type_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        text => {
            let head = String::from_utf8_lossy(&text[..text.len().min(HEAD)]);
            head.contains("<svg").then_some("image/svg+xml")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_what_it_is_and_nothing_else_is_one() {
        for (bytes, media_type) in [
            (&b"\x89PNG\r\n"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", Some("image/svg+xml")),
            (b"<html><script>", None),
            (b"", None),
        ] {
            assert_eq!(media_type_of(bytes), media_type);
        }
    }

    #[test]
    fn a_file_that_is_no_image_is_refused_under_its_key() {
        assert!(Logo::read("").expect("nothing to read").is_none());
        for path in ["/nowhere/logo.svg", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "/"] {
            assert_eq!(Logo::read(path).expect_err(path).key, "auth.logo_path");
        }
    }
}
