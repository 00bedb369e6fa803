//! Which program has a port, as far as the kernel tells: only of programs of the same user, and only on Linux.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// The state of a socket that listens, in `/proc/net/tcp`.
const LISTENS: &str = "0A";

/// Such as `another ORION (process 4883, started in /srv/shop)`.
pub(crate) fn holder(address: SocketAddr) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inode = tables.iter().flat_map(|table| table.lines()).find_map(|line| listening(line, address.port()))?;
    let socket = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let process = processes.into_iter().find(|process| number(process).is_some() && has_open(process, &socket))?;
    let number = number(&process)?;
    let name = |process: &Path| fs::read_to_string(process.join("comm")).unwrap_or_default().trim().to_owned();
    let (own, name) = (name(Path::new("/proc/self")), name(&process));
    let name = if name == own { "another ORION" } else { &name };
    let directory = fs::read_link(process.join("cwd")).map(|path| format!(", started in {}", path.display()));
    Some(format!("{name} (process {number}{})", directory.unwrap_or_default()))
}

/// Beside the processes there is much else.
fn number(process: &Path) -> Option<u32> {
    process.file_name()?.to_str()?.parse().ok()
}

/// The number of the socket, when the line is of one that listens on the port.
fn listening(line: &str, port: u16) -> Option<&str> {
    let mut words = line.split_ascii_whitespace();
    let (local, state) = (words.nth(1)?, words.nth(1)?);
    let is_it = state == LISTENS && u16::from_str_radix(local.rsplit(':').next()?, 16) == Ok(port);
    if is_it { words.nth(5) } else { None }
}

fn has_open(process: &Path, socket: &str) -> bool {
    let open = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    open.into_iter().any(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == socket))
}

#[cfg(test)]
mod tests {
    use super::holder;
    use std::net::TcpListener;

    #[test]
    fn who_listens_is_found_by_the_port() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let told = holder(address).expect("this process");
        assert!(told.contains(&format!("(process {}, started in /", std::process::id())), "{told}");
        drop(listener);
        assert_eq!(holder(address), None);
    }
}
