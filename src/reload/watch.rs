//! Watches the places from which a ruleset is read, and reports changes.

use super::wakeup::{Request, Wakeup};
use super::watch_set::WatchSet;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::PathBuf;
use std::sync::Arc;

/// Wakes the reload thread on each change, until it is dropped.
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
    /// Why one of the folders is not watched, if that is so: it is not readable, or there are too
    /// many watches. The other folders are watched.
    pub incomplete: Option<notify::Error>,
}

impl Watch {
    pub fn start(places: WatchSet, wakeup: Arc<Wakeup>) -> notify::Result<Self> {
        let folders: Vec<_> = places.to_watch().into_iter().map(ToOwned::to_owned).collect();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error is internal to the watcher. The next poll finds what it missed.
            if event.is_ok_and(|event| matters(&event, &places)) {
                wakeup.signal(Request::CheckFiles);
            }
        })?;
        let watch = |folder: PathBuf| watcher.watch(&folder, RecursiveMode::NonRecursive).err();
        let incomplete = folders.into_iter().filter_map(watch).last();
        Ok(Self { _watcher: watcher, incomplete })
    }
}

/// Ignores reads: they change nothing, and most of them are from this process.
fn matters(event: &Event, places: &WatchSet) -> bool {
    let is_change = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    event.need_rescan() || is_change && event.paths.iter().any(|path| places.concern(path))
}
