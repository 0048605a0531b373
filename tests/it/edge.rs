//! Hostile input: at the listener, on the socket, and in the content folder.

mod content;
mod floods;
mod frames;
mod guesses;
mod headers;
mod limits;
mod origins;
mod promises;
mod proxies;
mod raw;
mod requests;
mod sites;
mod supply;
mod unknown;
