//! Sites that may show the widget, as functions of a connection.

use rusqlite::{Connection, OptionalExtension, params};

use super::connection::failed;
use super::{audit, people};
use crate::store::{Act, By, Note, Site, SiteKey, StoreError};

pub(super) fn all(c: &Connection) -> Result<Vec<Site>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Site>> {
        let mut sites: Vec<Site> = Vec::new();
        let mut statement = c.prepare_cached("SELECT name, origin FROM site ORDER BY name, origin")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, origin): (String, String) = (row.get(0)?, row.get(1)?);
            match sites.last_mut().filter(|s| s.name == name) {
                Some(site) => site.origins.push(origin),
                None => {
                    let key = key_of(c, &name)?;
                    sites.push(Site { name, origins: vec![origin], key });
                }
            }
        }
        Ok(sites)
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn add(c: &Connection, site: &Site, by: &By) -> rusqlite::Result<bool> {
    let mut rows = 0;
    for origin in &site.origins {
        rows += c
            .prepare_cached("INSERT INTO site (name, origin) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute([&site.name, origin])?;
    }
    if rows > 0 {
        let detail = format!("added {}", site.origins.join(" "));
        audit::append(c, &Note::new(by.clone(), Act::Site, &site.name).with(detail))?;
    }
    if let Some(key) = &site.key {
        put_key(c, &site.name, key)?;
    }
    people::changed(c)?;
    Ok(rows > 0 || site.key.is_some())
}

/// False where there is no such site.
pub(super) fn set_key(c: &Connection, name: &str, key: &SiteKey) -> rusqlite::Result<bool> {
    let there: bool =
        c.prepare_cached("SELECT EXISTS (SELECT 1 FROM site WHERE name = ?1)")?.query_row([name], |row| row.get(0))?;
    if there {
        put_key(c, name, key)?;
        people::changed(c)?;
    }
    Ok(there)
}

fn put_key(c: &Connection, name: &str, key: &SiteKey) -> rusqlite::Result<()> {
    c.prepare_cached(
        "INSERT INTO site_key (site, alg, key) VALUES (?1, ?2, ?3) ON CONFLICT (site) DO UPDATE SET alg = ?2, key = ?3",
    )?
    .execute(params![name, key.algorithm(), key.bytes()])?;
    audit::append(c, &Note::new(By::command(), Act::Site, name).with(format!("key {key:?}")))
}

fn key_of(c: &Connection, name: &str) -> rusqlite::Result<Option<SiteKey>> {
    c.prepare_cached("SELECT alg, key FROM site_key WHERE site = ?1")?
        .query_row([name], |row| {
            let alg: String = row.get(0)?;
            if alg == "EdDSA" { Ok(SiteKey::Public(row.get(1)?)) } else { Ok(SiteKey::Shared(row.get(1)?)) }
        })
        .optional()
}

pub(super) fn remove(c: &Connection, name: &str, origin: Option<&str>, by: &By) -> rusqlite::Result<bool> {
    let rows = c
        .prepare_cached("DELETE FROM site WHERE name = ?1 AND (?2 IS NULL OR origin = ?2)")?
        .execute(params![name, origin])?;
    if rows > 0 {
        let detail = format!("removed {}", origin.unwrap_or("all origins"));
        // A site is its origins: with the last one its key goes too.
        c.prepare_cached("DELETE FROM site_key WHERE site = ?1 AND site NOT IN (SELECT name FROM site)")?
            .execute([name])?;
        audit::append(c, &Note::new(by.clone(), Act::Site, name).with(detail))?;
    }
    people::changed(c)?;
    Ok(rows > 0)
}
