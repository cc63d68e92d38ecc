//! Opens a file in headless Chromium and asks it what it shows, through the DevTools protocol on two pipes:
//! messages are JSON, each ended by a zero byte. It does only what the tests of documents need.

use super::{PATIENCE, guard::Guarded, tools};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Chromium reads from descriptor 3 and writes to descriptor 4.
const ON_PIPES: &str = r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

const OPTIONS: &[&str] = &[
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox", // which a container may not have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
];

/// A browser with one page, which ends when this is dropped.
pub struct Browser {
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    /// The addresses that the page asked for.
    pub requests: Vec<String>,
    /// What the page reported as an error, such as what its policy forbids.
    pub errors: Vec<String>,
    _process: Guarded,
}

impl Browser {
    /// With an empty page. Chromium keeps its profile in the folder.
    pub fn start(folder: &Path) -> Self {
        let chromium = tools::chromium();
        let mut command = Command::new("sh");
        command.args(["-c", ON_PIPES, "sh"]).arg(chromium.get_program()).args(OPTIONS);
        command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Guarded::spawn(&mut command, None).unwrap();
        let (input, output) = process.pipes();
        let mut browser = Self {
            input,
            messages: read(output),
            session: None,
            last_id: 0,
            requests: Vec::new(),
            errors: Vec::new(),
            _process: process,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Log", "Runtime"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Sets the width of the page in CSS pixels and the colours it prefers, `light` or `dark`.
    pub fn set_view(&mut self, width: u32, colours: &str) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let feature = json!({"name": "prefers-color-scheme", "value": colours});
        self.call("Emulation.setEmulatedMedia", json!({"media": "", "features": [feature]}));
    }

    /// Shows a file and waits until it is loaded.
    pub fn open(&mut self, file: &Path) {
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        while self.next()["method"] != "Page.loadEventFired" {}
    }

    /// The value of an expression of JavaScript, which runs outside of the page's policy.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let mut reply =
            self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(reply["exceptionDetails"].is_null(), "{expression}: {reply}");
        reply["result"]["value"].take()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.input.flush().unwrap();
        loop {
            let mut message = self.next();
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
        }
    }

    /// The next reply or event.
    fn next(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("Chromium does not answer");
        let parameters = &message["params"];
        match message["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                self.requests.push(parameters["request"]["url"].as_str().unwrap().to_owned());
            }
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                self.errors.push(parameters["entry"]["text"].as_str().unwrap().to_owned());
            }
            Some("Runtime.exceptionThrown" | "Page.javascriptDialogOpening") => {
                self.errors.push(message.to_string());
            }
            _ => {}
        }
        message
    }
}

/// Reads messages until the browser ends.
fn read(output: ChildStdout) -> Receiver<Value> {
    let (sender, messages) = channel();
    std::thread::spawn(move || {
        for message in BufReader::new(output).split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&message).unwrap();
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    messages
}
