//! Tells when something changes at the places where a ruleset is read.

use super::wakeup::{Call, Wakeup};
use super::watch_set::WatchSet;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::PathBuf;
use std::sync::Arc;

/// Rings for a look at each change, as long as it lives.
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
    /// Why one of the folders is not watched, where that is so: one that may not be read, or one too
    /// many. The others are.
    pub incomplete: Option<notify::Error>,
}

impl Watch {
    pub fn start(places: WatchSet, bell: Arc<Wakeup>) -> notify::Result<Self> {
        let folders: Vec<_> = places.to_watch().into_iter().map(ToOwned::to_owned).collect();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error is one of the watcher's own; what it missed is found by the next poll.
            if event.is_ok_and(|event| matters(&event, &places)) {
                bell.ring(Call::Look);
            }
        })?;
        let watch = |folder: PathBuf| watcher.watch(&folder, RecursiveMode::NonRecursive).err();
        let incomplete = folders.into_iter().filter_map(watch).last();
        Ok(Self { _watcher: watcher, incomplete })
    }
}

/// Reading changes nothing, and the one who reads most is this process.
fn matters(event: &Event, places: &WatchSet) -> bool {
    let is_change = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    event.need_rescan() || is_change && event.paths.iter().any(|path| places.concern(path))
}
