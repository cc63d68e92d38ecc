//! Checks docker-compose.yml: its schema, the files it mounts, the addresses it passes to services.

use super::{file, read, read_yaml};
use crate::support::tools;
use serde_json::Value;
use std::collections::BTreeSet;

const COMPOSE: &str = "docker-compose.yml";

fn service(name: &str) -> Value {
    let service = read_yaml(COMPOSE)["services"][name].take();
    assert!(service.is_object(), "{COMPOSE} has no service {name}");
    service
}

fn environment(service: &Value, name: &str) -> String {
    let value = service["environment"][name].as_str();
    value.unwrap_or_else(|| panic!("{name} is not set in {service}")).to_owned()
}

/// The host part and the container port of a service's only published port.
fn published(service: &Value) -> (String, String) {
    let ports = service["ports"].as_array().unwrap();
    assert_eq!(ports.len(), 1);
    let (host, container) = ports[0].as_str().unwrap().rsplit_once(':').unwrap();
    (host.to_owned(), container.to_owned())
}

fn default_config() -> toml::Table {
    read("config/redcard.toml").parse().unwrap()
}

/// The port on which redcard serves HTTP in the compose file.
fn http_port() -> String {
    environment(&service("redcard"), "REDCARD__HTTP__LISTEN").rsplit_once(':').unwrap().1.to_owned()
}

#[test]
fn it_follows_the_compose_specification() {
    let schema = serde_json::from_str(&read("tests/schemas/compose-spec.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = |compose: &Value| -> Vec<String> {
        validator.iter_errors(compose).map(|e| format!("{}: {e}", e.instance_path())).collect()
    };
    let compose = read_yaml(COMPOSE);
    assert_eq!(errors(&compose), [""; 0]);
    let mut wrong = compose.clone();
    wrong["services"]["kafka"]["helthcheck"] = true.into();
    assert!(!errors(&wrong).is_empty(), "a misspelt key is found");
}

#[test]
fn every_mounted_file_exists() {
    let compose = read_yaml(COMPOSE);
    let volumes: BTreeSet<&String> = compose["volumes"].as_object().unwrap().keys().collect();
    let mut mounted = 0;
    for (name, service) in compose["services"].as_object().unwrap() {
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let source = mount.as_str().unwrap().split(':').next().unwrap().to_owned();
            if source.starts_with('.') {
                assert!(std::fs::exists(file(&source)).unwrap(), "{name} mounts {source}");
                mounted += 1;
            } else {
                assert!(volumes.contains(&source), "{name} mounts {source}");
            }
        }
    }
    assert!(mounted >= 5, "{mounted} files are mounted");
}

#[test]
fn redcard_reads_the_mounted_configuration_and_rules() {
    let redcard = service("redcard");
    let command = redcard["command"].as_array().unwrap();
    let config = command.last().unwrap().as_str().unwrap();
    for (source, target) in [
        ("./config/redcard.toml", config),
        ("./config/rules", &environment(&redcard, "REDCARD__RULES__PATH")),
    ] {
        let mount = Value::from(format!("{source}:{target}:ro"));
        assert!(redcard["volumes"].as_array().unwrap().contains(&mount), "{mount}");
    }
}

#[test]
fn all_services_use_an_address_that_kafka_listens_on() {
    let kafka = service("kafka");
    let advertised = environment(&kafka, "KAFKA_ADVERTISED_LISTENERS");
    let inside = advertised.split(',').find_map(|l| l.strip_prefix("INSIDE://")).unwrap();
    assert_eq!(environment(&service("redcard"), "REDCARD__KAFKA__BROKERS"), inside);
    for name in ["simulate", "topics", "kafka"] {
        let text = service(name).to_string();
        assert!(text.contains(inside), "{name} does not name {inside}");
    }
    let listeners = environment(&kafka, "KAFKA_LISTENERS");
    let (host, container) = published(&kafka);
    assert!(listeners.contains(&format!("OUTSIDE://:{container}")), "{listeners}");
    assert!(advertised.contains(&format!("OUTSIDE://localhost:{container}")), "{advertised}");
    assert_eq!(host, format!("127.0.0.1:{container}"));
}

#[test]
fn the_created_topics_are_the_used_ones() {
    let config = default_config();
    let mut used: BTreeSet<String> = ["transactions", "alerts", "dead_letters"]
        .map(|key| config["topics"][key].as_str().unwrap().to_owned())
        .into();
    used.insert(environment(&service("redcard"), "REDCARD__TOPICS__DECISIONS"));
    let script = service("topics")["command"][0].as_str().unwrap().to_owned();
    let names = script.split_once("for topic in ").unwrap().1.split_once(';').unwrap().0;
    assert_eq!(names.split(' ').map(str::to_owned).collect::<BTreeSet<_>>(), used);
    let simulate = service("simulate")["command"].clone();
    assert!(
        simulate.as_array().unwrap().contains(&config["topics"]["transactions"].as_str().into())
    );
}

#[test]
fn prometheus_scrapes_redcard_and_grafana_queries_prometheus() {
    let port = http_port();
    let redcard = service("redcard");
    assert_eq!(published(&redcard), (format!("127.0.0.1:{port}"), port.clone()));
    let prometheus = read_yaml("config/prometheus/prometheus.yml");
    let targets = &prometheus["scrape_configs"][0]["static_configs"][0]["targets"];
    assert_eq!(targets[0], format!("redcard:{port}"));
    let (_, prometheus_port) = published(&service("prometheus"));
    let sources = read_yaml("config/grafana/provisioning/datasources/prometheus.yml");
    assert_eq!(sources["datasources"][0]["url"], format!("http://prometheus:{prometheus_port}"));
}

#[test]
fn grafana_finds_the_dashboards() {
    let providers = read_yaml("config/grafana/provisioning/dashboards/redcard.yml");
    let folder = providers["providers"][0]["options"]["path"].as_str().unwrap().to_owned();
    let grafana = service("grafana");
    let mount = Value::from(format!("./config/grafana/dashboards:{folder}:ro"));
    assert!(grafana["volumes"].as_array().unwrap().contains(&mount));
    let home = environment(&grafana, "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH");
    let name = home.strip_prefix(&format!("{folder}/")).unwrap();
    assert!(std::fs::exists(file("config/grafana/dashboards").join(name)).unwrap(), "{home}");
}

#[test]
fn promtool_accepts_the_configuration_of_prometheus() {
    let config = file("config/prometheus/prometheus.yml");
    let output = tools::promtool().args(["check", "config"]).arg(config).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_long_running_service_has_a_health_check() {
    let compose = read_yaml(COMPOSE);
    for (name, service) in compose["services"].as_object().unwrap() {
        let ends_or_only_writes = matches!(name.as_str(), "topics" | "simulate");
        assert!(ends_or_only_writes || service["healthcheck"].is_object(), "{name}");
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name}: {port}");
        }
    }
}

#[test]
fn alerts_reach_alertmanager_from_both_sides() {
    let (host, port) = published(&service("alertmanager"));
    assert_eq!(host, format!("127.0.0.1:{port}"));
    let notify = service("notify");
    let address = format!("alertmanager:{port}");
    assert_eq!(environment(&notify, "REDCARD__NOTIFY__ALERTMANAGERS"), format!("http://{address}"));
    let kafka = environment(&service("redcard"), "REDCARD__KAFKA__BROKERS");
    assert_eq!(environment(&notify, "REDCARD__KAFKA__BROKERS"), kafka);
    let prometheus = read_yaml("config/prometheus/prometheus.yml");
    let targets = &prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"];
    assert_eq!(targets[0], address);
    let listen = environment(&notify, "REDCARD__NOTIFY__LISTEN");
    let (_, port) = listen.rsplit_once(':').unwrap();
    let scraped = &prometheus["scrape_configs"][1]["static_configs"][0]["targets"];
    assert_eq!(scraped[0], format!("notify:{port}"));
    let probe = notify["healthcheck"]["test"].as_array().unwrap().last().unwrap();
    assert_eq!(probe, &format!("127.0.0.1:{port}"));
}

/// The image has no shell, so the health check must run the program itself.
#[test]
fn redcard_has_its_own_probe_and_a_read_only_file_system() {
    let probed = service("redcard");
    let command = probed["command"].as_array().unwrap();
    let probe: Vec<&str> = probed["healthcheck"]["test"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let config = command.last().unwrap().as_str().unwrap();
    let binary = "/usr/local/bin/redcard";
    assert_eq!(probe, ["CMD", binary, "healthcheck", "--config", config]);
    let dockerfile = read("Dockerfile");
    assert!(dockerfile.contains(&format!("ENTRYPOINT [\"{binary}\"]")));
    assert!(dockerfile.contains(&format!("CMD [\"{binary}\", \"healthcheck\"]")));
    for (name, service) in read_yaml(COMPOSE)["services"].as_object().unwrap() {
        if service["image"] == "redcard" {
            assert_eq!(service["read_only"], true, "{name}");
            assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{name}");
        }
    }
}

#[test]
fn the_stop_timeout_of_compose_exceeds_redcards_grace_period() {
    let seconds = |text: &str| text.strip_suffix('s').unwrap().parse::<u32>().unwrap();
    let grace = default_config()["delivery"]["shutdown_grace"].as_str().unwrap().to_owned();
    let stop = service("redcard")["stop_grace_period"].as_str().unwrap().to_owned();
    assert!(seconds(&stop) > seconds(&grace), "{stop} is not more than {grace}");
}
