//! The workshop's answers as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::content::{Content, Problem};
use crate::desk::git::GitError;
use crate::desk::{Changed, Compiled, DraftView, WorkshopError};
use crate::http::error::Refuse;

/// Most problems, and most failed tests, in one answer.
const MOST: usize = 200;

/// The draft as the console shows it.
pub(in crate::http) fn draft(view: &DraftView) -> Value {
    let DraftView { draft, by, stale, files, compiled } = view;
    json!({
        "rev": draft.rev, "base": draft.base, "stale": stale, "at": draft.at.0,
        "by": { "id": draft.by, "name": by },
        "files": files.iter().map(changed).collect::<Vec<_>>(),
        "problems": problems(compiled),
        "tests": tests(compiled),
    })
}

fn changed(file: &Changed) -> Value {
    let lines: Vec<Value> =
        file.lines().iter().map(|l| json!({ "op": l.op.as_str(), "text": l.text, "line": l.line })).collect();
    json!({
        "path": file.path, "new": file.before.is_none(), "deleted": file.after.is_none(), "conflict": file.conflict,
        "diff": lines,
    })
}

fn problems(compiled: &Compiled) -> Value {
    compiled.problems.iter().take(MOST).map(problem).collect()
}

fn problem(p: &Problem) -> Value {
    json!({
        "code": p.code, "severity": p.severity.as_str(), "file": p.location.file, "line": p.location.line,
        "column": p.location.column, "message": p.message, "help": p.help,
    })
}

fn tests(compiled: &Compiled) -> Value {
    let failed: Vec<Value> = compiled
        .failed
        .iter()
        .take(MOST)
        .map(|t| json!({ "name": t.name, "file": t.location.file, "line": t.location.line, "messages": t.messages }))
        .collect();
    json!({ "passed": compiled.passed, "failed": failed })
}

/// Intents and articles, in path order: what an example may be added to.
pub(super) fn entries(content: &Content) -> Vec<Value> {
    let language = content.settings.default_language();
    let intents = content.intents.iter().map(|i| {
        let title = i.title.get(language, language).map_or(i.id.as_str(), |(title, _)| title);
        json!({ "id": i.id, "kind": "intent", "title": title, "file": i.location.file, "line": i.location.line })
    });
    let articles = content.articles.iter().map(|a| {
        json!({ "id": a.id, "kind": "article", "title": a.title, "file": a.location.file, "line": a.location.line })
    });
    intents.chain(articles).collect()
}

/// Why the workshop does not do something: a code, plain words, and what they are about.
pub(in crate::http) fn refused(error: &WorkshopError) -> Response {
    let (status, code) = match error {
        WorkshopError::Desk(error) => return Refuse::from(*error).into_response(),
        WorkshopError::Unknown => (StatusCode::CONFLICT, "unknown"),
        WorkshopError::Changed => (StatusCode::CONFLICT, "changed"),
        WorkshopError::Moved => (StatusCode::CONFLICT, "moved"),
        WorkshopError::FollowsFolder => (StatusCode::CONFLICT, "follows_folder"),
        WorkshopError::Conflicts(_) => (StatusCode::CONFLICT, "conflicts"),
        WorkshopError::Taken => (StatusCode::CONFLICT, "taken"),
        WorkshopError::NoRelease => (StatusCode::NOT_FOUND, "not_found"),
        WorkshopError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        WorkshopError::Path => (StatusCode::UNPROCESSABLE_ENTITY, "path"),
        WorkshopError::Name => (StatusCode::UNPROCESSABLE_ENTITY, "name"),
        WorkshopError::Nothing => (StatusCode::UNPROCESSABLE_ENTITY, "nothing"),
        WorkshopError::Problems(_) => (StatusCode::UNPROCESSABLE_ENTITY, "problems"),
        WorkshopError::Tests(_) => (StatusCode::UNPROCESSABLE_ENTITY, "tests"),
        WorkshopError::Git(error) => match error {
            GitError::NotInstalled | GitError::NoCheckout => (StatusCode::CONFLICT, "no_checkout"),
            GitError::Exists => (StatusCode::CONFLICT, "exists"),
            GitError::Differs(_) => (StatusCode::CONFLICT, "differs"),
            GitError::Refused(_) => (StatusCode::CONFLICT, "git"),
            GitError::Name => (StatusCode::UNPROCESSABLE_ENTITY, "name"),
            GitError::Slow => (StatusCode::SERVICE_UNAVAILABLE, "slow"),
        },
    };
    let mut told = json!({ "code": code, "message": error.to_string() });
    match error {
        WorkshopError::Problems(compiled) => told["problems"] = problems(compiled),
        WorkshopError::Tests(compiled) => told["tests"] = tests(compiled),
        WorkshopError::Conflicts(files) | WorkshopError::Git(GitError::Differs(files)) => told["files"] = json!(files),
        _ => {}
    }
    (status, Json(told)).into_response()
}
