//! From a folder on disk, or from what was published, to content in force.
//!
//! Editors are trusted, their files are not: budgets hold before anything is read, links stay inside the folder, and
//! only regular files are opened. A content with an error never goes live; the last good one stays, over a restart too.

mod follow;
mod last_good;
mod watch;

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::content::{self, Content, Kind, Location, Problem, Severity, SourceFile, limits};

pub use follow::{Compiled, follow};
pub use last_good::LastGood;
pub use watch::{Print, first_of, print, watch};

/// Folders of a content.
const FOLDERS: [&str; 3] = ["canned", "intents", "knowledge"];

/// How often a file that is being written is read again.
const TRIES: u32 = 5;

/// A file that was changed less than this ago may be half written.
const REST: std::time::Duration = std::time::Duration::from_millis(100);

/// Entries of folders that are looked at, those that are no content included: links that lead to each other's folders
/// would be followed on more paths than there is time.
const ENTRIES: usize = 4 * limits::FILES;

/// Reads the content files below a folder, in path order, and what could not be read.
///
/// A folder that is not there is an empty content and one problem.
#[must_use]
pub fn read_folder(root: &Path) -> (Vec<SourceFile>, Vec<Problem>) {
    let mut walk = Walk {
        root: PathBuf::new(),
        files: Vec::new(),
        problems: Vec::new(),
        bytes: 0,
        open: HashSet::new(),
        seen: 0,
        full: false,
    };
    match fs::canonicalize(root) {
        Ok(canonical) if canonical.is_dir() => {
            walk.root = canonical;
            walk.top();
        }
        Ok(_) => walk.say(
            "B006",
            &root.display().to_string(),
            "this is not a folder",
            "name the folder that holds intents/ and knowledge/",
        ),
        Err(error) => walk.say(
            "B007",
            &root.display().to_string(),
            &format!("the folder cannot be read: {}", reason(&error)),
            "name the folder that holds intents/ and knowledge/",
        ),
    }
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk.problems.sort_by(|a, b| a.location.cmp(&b.location));
    (walk.files, walk.problems)
}

/// Reads and compiles a folder, with what the content in force (if there is one) knows already. Takes its time: not for a
/// thread that serves.
///
/// # Errors
/// All problems, where one of them is an error.
pub fn load(root: &Path, in_force: Option<&Content>) -> Result<(Content, Vec<SourceFile>, Vec<Problem>), Vec<Problem>> {
    let (files, mut problems) = read_folder(root);
    let (content, found) = compile(&files, in_force);
    problems.extend(found);
    if problems.iter().any(|p| p.severity == Severity::Error) { Err(problems) } else { Ok((content, files, problems)) }
}

/// Compiles files, and counts that it was done.
pub fn compile(files: &[SourceFile], in_force: Option<&Content>) -> (Content, Vec<Problem>) {
    metrics::counter!("content_compile_total").increment(1);
    in_force.map_or_else(|| content::build(files), |content| content.rebuild(files))
}

struct Walk {
    root: PathBuf,
    files: Vec<SourceFile>,
    problems: Vec<Problem>,
    bytes: usize,
    /// Folders on the way down, canonical: a link to one of them would never end.
    open: HashSet<PathBuf>,
    /// Entries that were looked at.
    seen: usize,
    /// A budget of the whole is used up.
    full: bool,
}

impl Walk {
    fn top(&mut self) {
        let settings = self.root.join("deskbell.toml");
        if fs::symlink_metadata(&settings).is_ok() {
            self.entry(&settings, "deskbell.toml", 0);
        }
        for name in FOLDERS {
            let folder = self.root.join(name);
            if fs::symlink_metadata(&folder).is_ok() {
                self.entry(&folder, name, 0);
            }
        }
    }

    fn entry(&mut self, path: &Path, shown: &str, depth: usize) {
        if self.full {
            return;
        }
        self.seen += 1;
        if self.seen > ENTRIES {
            self.full = true;
            return self.say(
                "B003",
                shown,
                "the folders of the content have more than 20,000 entries, or links lead through them in circles",
                "look for files and links that do not belong here",
            );
        }
        let canonical = match fs::canonicalize(path) {
            Ok(canonical) => canonical,
            // A link to nowhere, or a file that an editor has just replaced.
            Err(error) if Kind::of(shown).is_none() && error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                return self.say(
                    "B007",
                    shown,
                    &format!("this cannot be read: {}", reason(&error)),
                    "look at the file's rights, or at where the link points",
                );
            }
        };
        if !canonical.starts_with(&self.root) {
            return self.say(
                "B005",
                shown,
                "this link leads out of the content folder",
                "copy the file into the folder",
            );
        }
        match fs::metadata(&canonical) {
            Ok(meta) if meta.is_dir() => self.folder(&canonical, shown, depth + 1),
            Ok(_) if Kind::of(shown).is_none() => {}
            Ok(meta) if meta.is_file() => self.file(&canonical, shown, &meta),
            Ok(_) => self.say("B006", shown, "this is a pipe, socket or device, not a file", "remove it"),
            Err(error) => {
                self.say("B007", shown, &format!("this cannot be read: {}", reason(&error)), "look at its rights")
            }
        }
    }

    fn folder(&mut self, canonical: &Path, shown: &str, depth: usize) {
        if depth > limits::DEPTH || !self.open.insert(canonical.to_owned()) {
            return self.say(
                "B004",
                shown,
                "folders are nested too deep here, or a link leads back to its own folder",
                "32 levels are allowed",
            );
        }
        match fs::read_dir(canonical) {
            Ok(entries) => {
                let mut names: Vec<_> = entries.filter_map(|e| e.ok().map(|e| e.file_name())).collect();
                names.sort();
                for name in names {
                    let Some(text) = name.to_str() else {
                        self.say(
                            "B007",
                            &format!("{shown}/{}", name.to_string_lossy()),
                            "the name of this file is not UTF-8",
                            "rename it",
                        );
                        continue;
                    };
                    // Editors and version control keep their own files behind a dot.
                    if !text.starts_with('.') {
                        self.entry(&canonical.join(&name), &format!("{shown}/{text}"), depth);
                    }
                }
            }
            Err(error) => {
                self.say("B007", shown, &format!("the folder cannot be read: {}", reason(&error)), "look at its rights")
            }
        }
        self.open.remove(canonical);
    }

    fn file(&mut self, canonical: &Path, shown: &str, meta: &Metadata) {
        if meta.len() > limits::FILE_BYTES as u64 {
            return self.say(
                "B001",
                shown,
                &format!("the file has {} KiB; 1,024 are allowed", meta.len() / 1024),
                "split it by topic",
            );
        }
        if self.files.len() >= limits::FILES {
            self.full = true;
            return self.say(
                "B003",
                shown,
                "the content has more than 5,000 files; this one and those after it are not read",
                "look for files that do not belong here",
            );
        }
        match read_settled(canonical) {
            Ok(Some(bytes)) if bytes.len() > limits::FILE_BYTES => {
                self.say("B001", shown, "the file has more than 1 MiB", "split it by topic")
            }
            Ok(Some(bytes)) if self.bytes + bytes.len() > limits::ALL_BYTES => {
                self.full = true;
                self.say(
                    "B002",
                    shown,
                    "the content is larger than 64 MiB; this file and those after it are not read",
                    "look for files that do not belong here",
                );
            }
            Ok(Some(bytes)) => {
                self.bytes += bytes.len();
                self.files.push(SourceFile { path: shown.to_owned(), bytes });
            }
            Ok(None) => {
                self.say("B008", shown, "the file is being written", "it is read again when it has come to rest")
            }
            Err(error) => {
                self.say("B007", shown, &format!("the file cannot be read: {}", reason(&error)), "look at its rights")
            }
        }
    }

    fn say(&mut self, code: &'static str, shown: &str, message: &str, help: &str) {
        let location = Location { file: shown.to_owned(), line: 1, column: 1 };
        self.problems.push(Problem::new(code, location, 0, message).help(help));
    }
}

/// What tells two states of a file apart.
type State = (u64, Option<SystemTime>);

/// Reads a file so that size and time of change are the same before and after; none if it never comes to rest.
fn read_settled(path: &Path) -> io::Result<Option<Vec<u8>>> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(std::time::Duration::from_millis(20 << attempt));
        }
        let mut file = open_regular(path)?;
        let meta = file.metadata()?;
        if meta.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age < REST)) {
            continue;
        }
        let before = state(&meta);
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(limits::FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        let after = state(&fs::metadata(path)?);
        if before == after && (bytes.len() as u64 == before.0 || bytes.len() > limits::FILE_BYTES) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Opens without waiting, so that a pipe put in the file's place after it was looked at hangs nobody.
fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        const O_NONBLOCK: i32 = 0o4000;
        options.custom_flags(O_NONBLOCK);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a regular file")) }
}

fn state(meta: &Metadata) -> State {
    (meta.len(), meta.modified().ok())
}

/// Why, without the path that the message has anyway.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn write(root: &Path, path: &str, bytes: &[u8]) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(root: &Path) -> (Vec<String>, Vec<String>) {
        let (files, problems) = read_folder(root);
        (
            files.into_iter().map(|f| f.path).collect(),
            problems.into_iter().map(|p| format!("{} {}", p.code, p.location.file)).collect(),
        )
    }

    #[test]
    fn only_content_is_read() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "deskbell.toml",
            "intents/b.yaml",
            "intents/a/c.yml",
            "intents/a.test.md",
            "intents/README.md",
            "knowledge/x/y.md",
            "intents/.hidden.yaml",
            "other/z.yaml",
            "intents/backup.yaml~",
        ] {
            write(root.path(), path, b"");
        }
        assert_eq!(
            read(root.path()),
            (
                ["deskbell.toml", "intents/a.test.md", "intents/a/c.yml", "intents/b.yaml", "knowledge/x/y.md"]
                    .map(str::to_owned)
                    .to_vec(),
                vec![]
            )
        );
    }

    #[test]
    fn links_stay_inside() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(root.path(), "..data/a.yaml", b"intents: []");
        write(outside.path(), "secret.yaml", b"secret");
        fs::create_dir_all(root.path().join("intents/loop")).unwrap();
        symlink(root.path().join("..data/a.yaml"), root.path().join("intents/a.yaml")).unwrap();
        symlink(outside.path().join("secret.yaml"), root.path().join("intents/out.yaml")).unwrap();
        symlink(outside.path(), root.path().join("knowledge")).unwrap();
        symlink(root.path().join("intents"), root.path().join("intents/loop/back")).unwrap();
        symlink("/nowhere.yaml", root.path().join("intents/dead.yaml")).unwrap();
        let wanted = ["B007 intents/dead.yaml", "B004 intents/loop/back", "B005 intents/out.yaml", "B005 knowledge"];
        assert_eq!(read(root.path()), (vec!["intents/a.yaml".to_owned()], wanted.map(str::to_owned).to_vec()));
    }

    #[test]
    fn pipes_and_devices_are_not_opened() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("intents")).unwrap();
        let pipe = root.path().join("intents/pipe.yaml");
        if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|s| s.success()) {
            return;
        }
        assert_eq!(read(root.path()), (vec![], vec!["B006 intents/pipe.yaml".to_owned()]));
        assert!(open_regular(&pipe).is_err());
    }

    #[test]
    fn budgets_hold_before_reading() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "intents/fits.yaml", &vec![b'#'; limits::FILE_BYTES]);
        write(root.path(), "intents/large.yaml", &vec![b'#'; limits::FILE_BYTES + 1]);
        write(root.path(), &format!("intents/{}a.yaml", "d/".repeat(32)), b"");
        write(root.path(), &format!("knowledge/{}a.md", "d/".repeat(31)), b"");
        let (files, problems) = read(root.path());
        assert_eq!(files.len(), 2);
        assert_eq!(
            problems,
            [format!("B004 intents/{}", "d/".repeat(32).trim_end_matches('/')), "B001 intents/large.yaml".to_owned()]
        );
    }

    #[test]
    fn a_file_that_never_rests_is_not_read_half() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("intents/a.yaml");
        write(root.path(), "intents/a.yaml", b"x");
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let writer = {
            let (path, stop) = (path.clone(), stop.clone());
            std::thread::spawn(move || {
                // An editor that truncates and writes: readers must see whole versions or nothing.
                for n in 0_u64.. {
                    if stop.load(std::sync::atomic::Ordering::Relaxed) {
                        break;
                    }
                    let text = n.to_string().repeat(5_000);
                    fs::write(&path, format!("{text}\n")).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            })
        };
        for _ in 0..5 {
            if let Some(bytes) = read_settled(&path).unwrap() {
                assert!(bytes == b"x" || bytes.last() == Some(&b'\n') || bytes.is_empty(), "half a file");
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().unwrap();
    }

    #[test]
    fn no_folder_is_one_problem() {
        assert_eq!(read(Path::new("/nowhere/at/all")).1, ["B007 /nowhere/at/all"]);
    }
}
