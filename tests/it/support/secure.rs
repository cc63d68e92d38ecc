//! Provides what a broker needs to listen with TLS and SASL: a key pair, its certificate, a user.

use super::broker::tail;
use super::{jars, ports};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const USER: &str = "redcard-tester";
pub const PASSWORD: &str = "correct-horse-battery";

/// The secure listener of one broker.
#[derive(Debug)]
pub struct Listener {
    pub port: u16,
    /// The certificate that clients must trust.
    pub certificate: PathBuf,
    keystore: PathBuf,
}

impl Listener {
    /// Creates a key pair in `directory` with the JDK's keytool.
    pub fn prepare(directory: &Path) -> Result<Self, String> {
        let at = |name: &str| directory.join(name);
        let listener = Self {
            port: ports::free(),
            certificate: at("certificate.pem"),
            keystore: at("keystore.p12"),
        };
        listener.keytool(&[
            "-genkeypair",
            "-keyalg",
            "EC",
            "-validity",
            "2",
            "-dname",
            "CN=127.0.0.1",
            "-ext",
            "san=ip:127.0.0.1",
        ])?;
        let certificate = listener.certificate.to_str().unwrap();
        listener.keytool(&["-exportcert", "-rfc", "-file", certificate])?;
        Ok(listener)
    }

    /// The settings that are appended to those of the broker.
    pub fn settings(&self) -> std::io::Result<String> {
        let template =
            std::fs::read_to_string(jars::settings_directory().join("secure.properties"))?;
        Ok(template
            .replace("@SECURE_PORT@", &self.port.to_string())
            .replace("@KEYSTORE@", self.keystore.to_str().unwrap())
            .replace("@USER@", USER)
            .replace("@PASSWORD@", PASSWORD))
    }

    /// Arguments for formatting the storage: they create the SCRAM user.
    pub fn format_arguments() -> [String; 2] {
        ["--add-scram".into(), format!("SCRAM-SHA-256=[name={USER},password={PASSWORD}]")]
    }

    fn keytool(&self, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new("keytool")
            .args(arguments)
            .args(["-alias", "broker", "-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore"])
            .arg(&self.keystore)
            .output()
            .map_err(|e| format!("`keytool`, which comes with Java, cannot be run: {e}"))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        output.status.success().then_some(()).ok_or(format!("no key pair: {}", tail(&printed)))
    }
}
