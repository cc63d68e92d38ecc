//! Fetches the jars of Apache Kafka from Maven Central once, into `target/kafka/libs`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `tests/kafka`: the Maven project with the broker's version, and the broker's settings.
pub fn settings_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka")
}

/// `target/kafka`, wherever the target directory is.
pub fn work_directory() -> PathBuf {
    // CARGO_TARGET_TMPDIR is <target>/tmp.
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("kafka")
}

/// The directory with the jars; fetches them unless it has those of the current `pom.xml`.
///
/// A file lock keeps concurrent test processes from fetching twice.
pub fn fetched() -> Result<PathBuf, String> {
    let work = work_directory();
    std::fs::create_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    let lock = File::create(work.join("libs.lock")).map_err(|e| format!("libs.lock: {e}"))?;
    lock.lock().map_err(|e| format!("libs.lock: {e}"))?;
    let libs = work.join("libs");
    let pom = std::fs::read(settings_directory().join("pom.xml")).map_err(|e| e.to_string())?;
    // The copy of pom.xml is written last, so an interrupted fetch is repeated.
    let stamp = libs.join("pom.xml");
    if std::fs::read(&stamp).is_ok_and(|fetched| fetched == pom) {
        return Ok(libs);
    }
    fetch(&libs)?;
    std::fs::write(&stamp, pom).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(libs)
}

fn fetch(libs: &Path) -> Result<(), String> {
    let _ = std::fs::remove_dir_all(libs);
    let output = Command::new("mvn")
        .args(["-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", libs.display()))
        .arg("-f")
        .arg(settings_directory().join("pom.xml"))
        .output()
        .map_err(|e| format!("Maven (`mvn`) fetches the broker's jars and cannot be run: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    Err(format!("Maven could not fetch the jars of Kafka:\n{}", super::broker::tail(&printed)))
}
