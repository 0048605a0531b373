//! Sites that may show the widget, as functions of a connection.

use rusqlite::{Connection, params};

use super::connection::failed;
use super::{audit, people};
use crate::store::{Act, By, Note, Site, StoreError};

pub(super) fn all(c: &Connection) -> Result<Vec<Site>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Site>> {
        let mut sites: Vec<Site> = Vec::new();
        let mut statement = c.prepare_cached("SELECT name, origin FROM site ORDER BY name, origin")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, origin): (String, String) = (row.get(0)?, row.get(1)?);
            match sites.last_mut().filter(|s| s.name == name) {
                Some(site) => site.origins.push(origin),
                None => sites.push(Site { name, origins: vec![origin] }),
            }
        }
        Ok(sites)
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn add(c: &Connection, site: &Site) -> rusqlite::Result<bool> {
    let mut rows = 0;
    for origin in &site.origins {
        rows += c
            .prepare_cached("INSERT INTO site (name, origin) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute([&site.name, origin])?;
    }
    if rows > 0 {
        let detail = format!("added {}", site.origins.join(" "));
        audit::append(c, &Note::new(By::command(), Act::Site, &site.name).with(detail))?;
    }
    people::changed(c)?;
    Ok(rows > 0)
}

pub(super) fn remove(c: &Connection, name: &str, origin: Option<&str>) -> rusqlite::Result<bool> {
    let rows = c
        .prepare_cached("DELETE FROM site WHERE name = ?1 AND (?2 IS NULL OR origin = ?2)")?
        .execute(params![name, origin])?;
    if rows > 0 {
        let detail = format!("removed {}", origin.unwrap_or("all origins"));
        audit::append(c, &Note::new(By::command(), Act::Site, name).with(detail))?;
    }
    people::changed(c)?;
    Ok(rows > 0)
}
