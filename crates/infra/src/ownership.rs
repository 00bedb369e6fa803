//! Why a file or a directory cannot be used, in words: whose it is, where that is the reason.

use rustix::process::geteuid;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What is wrong with this file or directory, which an operation on it has failed with.
pub fn reason(path: &Path, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return error.to_string();
    }
    // A bare name lies in the directory where the process was started.
    let place = |path: &Path| if path.as_os_str().is_empty() { Path::new(".").to_owned() } else { path.to_owned() };
    let there = path.ancestors().map(place).find_map(|place| Some((fs::metadata(&place).ok()?, place)));
    match there {
        Some((about, place)) => {
            let (own, owner) = (geteuid().as_raw(), about.uid());
            format!("user {own} runs this and may not use {}, which belongs to user {owner}", place.display())
        }
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::reason;
    use std::io::{Error, ErrorKind};
    use std::path::Path;

    #[test]
    fn whose_it_is_is_told_also_of_what_lies_where_the_process_was_started() {
        let refused = Error::from(ErrorKind::PermissionDenied);
        for (path, named) in [("nowhere", "use ., which"), ("/etc/passwd", "use /etc/passwd, which belongs to user 0")]
        {
            let told = reason(Path::new(path), &refused);
            assert!(told.contains(named), "{told}");
        }
        assert!(!reason(Path::new("/"), &Error::from(ErrorKind::NotFound)).contains("user"));
    }
}
