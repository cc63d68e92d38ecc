//! Turns the `[notify]` section into the settings of a notifier, and reads the files that it names.

use super::duration::ConfigDuration;
use super::notify::Notify;
use super::origins::Origins;
use super::resolve_error::ResolveError;
use super::secrets::{self, HttpAccess};
use super::settings::{Config, Kafka};
use super::values::{LogFormat, TopicName};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The minimum length of a webhook's key: that of its hash.
const KEY_BYTES_MIN: usize = 32;

/// A notifier's configuration after every file that it names has been read.
#[derive(Debug)]
pub struct ResolvedNotify {
    pub kafka: Kafka,
    pub alerts: TopicName,
    pub http_access: HttpAccess,
    pub notify: Notify,
    pub alertmanagers: Vec<String>,
    pub credentials: Option<Credentials>,
    pub webhook: Option<WebhookSecret>,
    pub certificates: Option<Vec<u8>>,
    pub shutdown_grace: ConfigDuration,
    pub log_format: LogFormat,
    pub origins: Origins,
}

/// How this client authenticates to Alertmanager.
pub enum Credentials {
    Bearer(Zeroizing<String>),
    Basic { user: String, password: Zeroizing<String> },
}

/// The receiver of signed notifications.
pub struct WebhookSecret {
    pub url: String,
    pub key: Zeroizing<Vec<u8>>,
}

/// The errors of the `[notify]` section. Addresses and contents of files are never displayed.
#[derive(Debug, thiserror::Error)]
pub enum NotifyConfigError {
    #[error(
        "there is no target to notify: set `notify.alertmanagers`, `notify.webhook` (or \
         `notify.webhook_file`) or both (docs/operating/configuration.md)"
    )]
    NoTarget,
    #[error("`{key}` must contain addresses that begin with http:// or https://")]
    Address { key: &'static str },
    #[error(
        "`{key}` has a user or password in an address: secrets are read from files \
         (`notify.alertmanager_password_file`)"
    )]
    SecretInAddress { key: &'static str },
    #[error("`{key}` must contain one address")]
    SeveralAddresses { key: &'static str },
    #[error(
        "`notify.webhook` and `notify.webhook_file` both contain the address: remove one of them"
    )]
    WebhookTwice,
    #[error("`{key}` needs `notify.webhook_key_file`: its requests are signed")]
    NoKey { key: &'static str },
    #[error(
        "set `notify.alertmanager_token_file`, or `notify.alertmanager_user` with \
         `notify.alertmanager_password_file`, or none of them"
    )]
    Credentials,
    #[error(transparent)]
    Secret(#[from] ResolveError),
    #[error(
        "{} (`notify.webhook_key_file`) holds {found} bytes: a key needs at least {KEY_BYTES_MIN}",
        path.display()
    )]
    ShortKey { path: PathBuf, found: usize },
    #[error(
        "`notify.age_limit` is {age_limit} and `notify.quiet_time` {quiet_time}: let the age \
         limit be at least as long, or a restart could not distinguish delivered notifications \
         from alerts that were too old"
    )]
    AgeLimit { age_limit: ConfigDuration, quiet_time: ConfigDuration },
    #[error(
        "`notify.lookback` is {lookback} and `notify.quiet_time` {quiet_time}: let a restart look \
         back at least as far, or it would forget what was delivered"
    )]
    Lookback { lookback: ConfigDuration, quiet_time: ConfigDuration },
}

impl Config {
    /// Resolves the settings of a notifier; reads the files that they name.
    pub fn resolve_notify(&self) -> Result<ResolvedNotify, NotifyConfigError> {
        let notify = &self.notify;
        notify.check_times()?;
        let alertmanagers = notify.alertmanagers.as_ref().map_or("", |known| &known.0);
        let alertmanagers = addresses("notify.alertmanagers", alertmanagers)?;
        let webhook = notify.webhook_secret()?;
        if alertmanagers.is_empty() && webhook.is_none() {
            return Err(NotifyConfigError::NoTarget);
        }
        let certificates =
            notify.ca_file.as_deref().map(|path| secrets::bytes(path, "notify.ca_file"));
        Ok(ResolvedNotify {
            kafka: self.kafka()?,
            alerts: self.topics.alerts.clone(),
            http_access: self.http_access()?,
            notify: notify.clone(),
            alertmanagers,
            credentials: notify.credentials()?,
            webhook,
            certificates: certificates.transpose()?.map(|pem| pem.to_vec()),
            shutdown_grace: self.delivery.shutdown_grace,
            log_format: self.log.format,
            origins: self.origins.clone(),
        })
    }
}

impl Notify {
    /// Whether there is a target to notify.
    pub fn has_target(&self) -> bool {
        self.alertmanagers.is_some() || self.webhook.is_some() || self.webhook_file.is_some()
    }

    fn check_times(&self) -> Result<(), NotifyConfigError> {
        let Self { quiet_time, age_limit, lookback, .. } = *self;
        if age_limit < quiet_time {
            return Err(NotifyConfigError::AgeLimit { age_limit, quiet_time });
        }
        if lookback < quiet_time {
            return Err(NotifyConfigError::Lookback { lookback, quiet_time });
        }
        Ok(())
    }

    fn credentials(&self) -> Result<Option<Credentials>, NotifyConfigError> {
        let token = self.alertmanager_token_file.as_deref();
        match (token, &self.alertmanager_user, self.alertmanager_password_file.as_deref()) {
            (None, None, None) => Ok(None),
            (Some(path), None, None) => Ok(Some(Credentials::Bearer(secrets::text(
                path,
                "notify.alertmanager_token_file",
            )?))),
            (None, Some(user), Some(path)) => {
                let password = secrets::text(path, "notify.alertmanager_password_file")?;
                Ok(Some(Credentials::Basic { user: user.clone(), password }))
            }
            _ => Err(NotifyConfigError::Credentials),
        }
    }

    /// The webhook's address, and the configuration key that it comes from.
    fn webhook_text(&self) -> Result<Option<(&'static str, Zeroizing<String>)>, NotifyConfigError> {
        match (&self.webhook, self.webhook_file.as_deref()) {
            (None, None) => Ok(None),
            (Some(address), None) => {
                Ok(Some(("notify.webhook", Zeroizing::new(address.0.clone()))))
            }
            (None, Some(path)) => {
                let key = "notify.webhook_file";
                Ok(Some((key, secrets::text(path, key)?)))
            }
            (Some(_), Some(_)) => Err(NotifyConfigError::WebhookTwice),
        }
    }

    fn webhook_secret(&self) -> Result<Option<WebhookSecret>, NotifyConfigError> {
        let Some((key, text)) = self.webhook_text()? else { return Ok(None) };
        let mut addresses = addresses(key, &text)?;
        let Some(url) = addresses.pop() else { return Ok(None) };
        if !addresses.is_empty() {
            return Err(NotifyConfigError::SeveralAddresses { key });
        }
        let path = self.webhook_key_file.as_deref().ok_or(NotifyConfigError::NoKey { key })?;
        let text = secrets::text(path, "notify.webhook_key_file")?;
        let key = Zeroizing::new(text.as_bytes().to_vec());
        if key.len() < KEY_BYTES_MIN {
            let (path, found) = (path.to_owned(), key.len());
            return Err(NotifyConfigError::ShortKey { path, found });
        }
        Ok(Some(WebhookSecret { url, key }))
    }
}

/// The addresses in a comma separated list.
fn addresses(key: &'static str, text: &str) -> Result<Vec<String>, NotifyConfigError> {
    let addresses = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|address| {
        let rest = ["http://", "https://"].iter().find_map(|scheme| address.strip_prefix(scheme));
        let rest =
            rest.filter(|rest| !rest.is_empty()).ok_or(NotifyConfigError::Address { key })?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match authority.contains('@') {
            true => Err(NotifyConfigError::SecretInAddress { key }),
            false => Ok(address.to_owned()),
        }
    });
    addresses.collect()
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &[(&str, &str)]) -> Result<ResolvedNotify, NotifyConfigError> {
        let variables =
            variables.iter().map(|(key, value)| (format!("REDCARD__NOTIFY__{key}"), *value));
        Config::read(None, variables).unwrap().resolve_notify()
    }

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &str) {
        let error = resolve(variables).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    const ALERTMANAGERS: (&str, &str) = ("ALERTMANAGERS", "http://a:9093, https://b:9093/base/");

    #[test]
    fn a_notifier_without_a_target_is_an_error() {
        check(&[], "there is no target to notify");
        let resolved = resolve(&[ALERTMANAGERS]).unwrap();
        assert_eq!(resolved.alertmanagers, ["http://a:9093", "https://b:9093/base/"]);
        check(&[("ALERTMANAGERS", "a:9093")], "must contain addresses that begin with http://");
        check(&[("WEBHOOK", "https://u:secret@b/x")], "secrets are read from files");
        check(
            &[("WEBHOOK", "https://a/x, https://b/x")],
            "`notify.webhook` must contain one \
             address",
        );
    }

    #[test]
    fn secrets_are_read_from_files_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let webhook = ("WEBHOOK", "http://h/x");
        check(&[webhook], "needs `notify.webhook_key_file`");
        check(&[webhook, ("WEBHOOK_KEY_FILE", &file("short", "hunter2"))], "holds 7 bytes");
        let key = file("key", &format!("{}\n", "hunter2-".repeat(4)));
        let password = file("password", "hunter2\n");
        let resolved = resolve(&[
            ALERTMANAGERS,
            webhook,
            ("WEBHOOK_KEY_FILE", &key),
            ("ALERTMANAGER_USER", "u"),
            ("ALERTMANAGER_PASSWORD_FILE", &password),
        ])
        .unwrap();
        assert!(!format!("{resolved:?}").contains("hunter2"));
        assert_eq!(resolved.webhook.unwrap().key.len(), 32);
        let Some(Credentials::Basic { password, .. }) = resolved.credentials else { panic!() };
        assert_eq!(*password, "hunter2");
        check(&[ALERTMANAGERS, ("ALERTMANAGER_USER", "u")], "or none of them");
        check(&[webhook, ("WEBHOOK_KEY_FILE", "/no/such/file")], "cannot read /no/such/file");

        let address = file("address", "https://h/hunter2\n");
        let in_file = [("WEBHOOK_FILE", &*address), ("WEBHOOK_KEY_FILE", &key)];
        let resolved = resolve(&in_file).unwrap();
        assert!(!format!("{resolved:?}").contains("hunter2"));
        assert_eq!(resolved.webhook.unwrap().url, "https://h/hunter2");
        check(&[webhook, in_file[0], in_file[1]], "remove one of them");
        check(&in_file[..1], "`notify.webhook_file` needs `notify.webhook_key_file`");
    }

    #[test]
    fn times_that_would_page_twice_are_refused() {
        check(&[ALERTMANAGERS, ("AGE_LIMIT", "1m")], "`notify.age_limit` is 1m");
        check(&[ALERTMANAGERS, ("LOOKBACK", "1m")], "`notify.lookback` is 1m");
    }
}
