//! `deskbell import`: content that was written for another program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use super::render;
use crate::content::{self, SourceFile};
use crate::import::{self, Project};
use crate::reload;

/// Makes content of what was written for another program, and says what was left behind.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell import --format rasa ./my-bot --to shop\n  deskbell import --format csv texts.csv --to shop   (also: what `deskbell export` wrote and a translator filled in)\n\nThen `deskbell check --content shop`. docs/import.md tells what comes along from where."
)]
pub(super) struct Args {
    /// What wrote it
    #[arg(long, value_enum)]
    format: Format,
    /// A folder, or one file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Folder of the content; made where it is not there. Files that are there are never overwritten
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Only say what would come along
    #[arg(long)]
    dry_run: bool,
    /// The report as one object for programs
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A project of Rasa 2 or 3: nlu, domain, rules
    Rasa,
    /// A bot of Botpress v12, or its exported Q&A
    Botpress,
    /// Corpora of NLP.js
    Nlpjs,
    /// A table: questions and answers, or texts of this content with their translations
    Csv,
}

/// Largest file that is read.
const FILE_BYTES: u64 = 16 << 20;
/// Most files that are looked at.
const FILES: usize = 20_000;
/// Folders that hold no content.
const BESIDE: &[&str] = &["node_modules", "models", "target", "venv", "__pycache__"];

/// Runs the command.
///
/// # Errors
/// If nothing can be read there, nothing was found, or a file that is there would be overwritten.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let files = read(&args.path)?;
    let (project, written) = match args.format {
        Format::Csv => {
            let (there, _) = if args.to.is_dir() { reload::read_folder(&args.to) } else { Default::default() };
            import::csv::read(&files, &there).map_err(anyhow::Error::msg)?
        }
        Format::Rasa => fresh(import::rasa::read(&files)),
        Format::Botpress => fresh(import::botpress::read(&files)),
        Format::Nlpjs => fresh(import::nlpjs::read(&files)),
    };
    if project.entries.is_empty() && project.translated.is_none() {
        eprint!("{}", project.report());
        bail!("{} holds nothing that could be taken along", args.path.display());
    }
    if args.json {
        render::say(&format!(
            "{:#}\n",
            serde_json::json!({"intents": project.entries.len(), "texts": project.translated, "left": project.left})
        ))?;
    } else {
        render::say(&project.report())?;
    }
    if !args.dry_run {
        save(&args.to, &written, args.format == Format::Csv)?;
        tell(&args.to);
    }
    Ok(ExitCode::SUCCESS)
}

fn fresh(project: Project) -> (Project, Vec<SourceFile>) {
    let files = if project.entries.is_empty() { Vec::new() } else { import::write(&project) };
    (project, files)
}

/// A file, or all below a folder that may hold content, in path order.
fn read(path: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let meta = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files = Vec::new();
    if meta.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(SourceFile { path: name, bytes: fs::read(path)? });
        return Ok(files);
    }
    let mut open = vec![(path.to_owned(), String::new())];
    while let Some((folder, shown)) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            let below = format!("{shown}{name}");
            if name.starts_with('.') || kind.is_dir() && BESIDE.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                open.push((entry.path(), format!("{below}/")));
            } else if kind.is_file()
                && [".yml", ".yaml", ".json", ".csv", ".md", ".py"].iter().any(|e| name.ends_with(e))
                && entry.metadata()?.len() <= FILE_BYTES
            {
                files.push(SourceFile { path: below, bytes: fs::read(entry.path())? });
            }
            if files.len() > FILES {
                bail!("{} holds more than {FILES} files; name the folder of one project", path.display());
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Writes the files; those that are there are only replaced where they were read (`known`).
fn save(to: &Path, files: &[SourceFile], known: bool) -> anyhow::Result<()> {
    let fresh = |f: &&SourceFile| f.path != "deskbell.toml" || !to.join(&f.path).exists();
    let files: Vec<&SourceFile> = files.iter().filter(fresh).collect();
    if !known && let Some(there) = files.iter().find(|f| to.join(&f.path).exists()) {
        bail!("{} is there already, and is not overwritten; name a new folder", to.join(&there.path).display());
    }
    for file in &files {
        let path = to.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}

/// What `check` says about the folder now, in a line.
fn tell(to: &Path) {
    let (files, mut problems) = reload::read_folder(to);
    problems.extend(content::build(&files).1);
    let (errors, warnings) = content::count(&problems);
    if errors + warnings > 0 {
        eprintln!("{errors} errors, {warnings} warnings: `deskbell check --content {}` shows them", to.display());
    }
}
