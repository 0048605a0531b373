//! Hostile input: at the listener, on the socket, and in the content folder.

mod content;
mod floods;
mod frames;
mod headers;
mod origins;
mod proxies;
mod raw;
mod requests;
mod sites;
