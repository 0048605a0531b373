//! Which file systems SQLite's log works on: it is shared memory, and locks that others see.
//!
//! Linux says in `/proc/self/mountinfo` what lies where. Its names tell a mount of sshfs from other FUSE ones, which the
//! number that `statfs` gives does not, and reading a file needs no unsafe code.

use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// File systems on other machines.
const REMOTE: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "davfs",
    "fuse.ceph-fuse",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.smbnetfs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "smb2",
    "smb3",
    "smbfs",
];

/// Refuses a directory whose file system lies on another machine. Where that cannot be told, nothing is refused.
pub(super) fn check(directory: &Path) -> Result<(), StoreError> {
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo") else { return Ok(()) };
    let Ok(directory) = directory.canonicalize() else { return Ok(()) };
    refuse_remote(&mounts, &directory)
}

fn refuse_remote(mounts: &str, directory: &Path) -> Result<(), StoreError> {
    match file_system(mounts, directory) {
        Some(kind) if REMOTE.contains(&kind) => Err(StoreError::Refused(format!(
            "{} lies on a network file system ({kind}), where a database can be damaged; the data needs a local disk",
            directory.display()
        ))),
        _ => Ok(()),
    }
}

/// The type of the file system that a path lies on: of the mount with the longest path above it, and of several on one
/// path the last, which covers the others.
fn file_system<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        // "36 35 98:0 /root /mount/point options optional… - type source options"
        let Some((front, back)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (front.split(' ').nth(4), back.split(' ').next()) else { continue };
        let point = unescaped(point);
        let depth = point.components().count();
        if path.starts_with(&point) && found.is_none_or(|(deepest, _)| depth >= deepest) {
            found = Some((depth, kind));
        }
    }
    found.map(|(_, kind)| kind)
}

/// Blanks and the like stand there as `\040`.
fn unescaped(text: &str) -> PathBuf {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                out.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                out.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_on_another_machine_is_refused() {
        let mounts = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:35 / /srv/share rw shared:1 - nfs4 server:/export rw,vers=4.2
41 22 0:36 / /srv/share/local rw - xfs /dev/vdb rw
42 22 0:37 / /home/ada/my\\040files rw - fuse.sshfs ada@host: rw
43 22 0:38 / /mnt/win rw - cifs //host/share rw
44 22 0:39 / /mnt/key rw - fuseblk /dev/sda1 rw
45 22 0:40 / /mnt/twice rw - nfs server:/x rw
46 22 0:41 / /mnt/twice rw - tmpfs tmpfs rw
47 22 0:42 / /mnt/vm rw - 9p host rw
not a line of this kind
";
        for (path, remote) in [
            ("/var/lib/deskbell", None),
            ("/srv/share", Some("nfs4")),
            ("/srv/share/deep/er", Some("nfs4")),
            ("/srv/share/local/data", None),
            ("/srv/shared", None),
            ("/home/ada/my files/data", Some("fuse.sshfs")),
            ("/mnt/win/data", Some("cifs")),
            ("/mnt/key", None),
            ("/mnt/twice", None),
            ("/mnt/vm/data", Some("9p")),
        ] {
            let told = refuse_remote(mounts, Path::new(path)).map_err(|e| e.to_string());
            match remote {
                None => assert_eq!(told, Ok(()), "{path}"),
                Some(kind) => {
                    let words = told.expect_err(path);
                    assert!(words.contains(&format!("network file system ({kind})")), "{path}: {words}");
                }
            }
        }
        assert_eq!(refuse_remote("", Path::new("/x")).map_err(|e| e.to_string()), Ok(()));
    }
}
