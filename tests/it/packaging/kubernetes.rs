//! Checks config/kubernetes against the schemas of its kinds, for consistency, and against redcard.

use super::read;
use crate::support::certificates;
use crate::support::redcard::redcard;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MANIFESTS: &str = "config/kubernetes/redcard.yaml";
const SECRETS: &str = "/run/secrets/redcard";
/// Where the pod keeps its checkpoints.
const MEMORY: &str = "/var/lib/redcard";
/// The number of partitions of the transactions topic in the compose file.
const PARTITIONS: u64 = 12;

fn manifests() -> Vec<Value> {
    let text = read(MANIFESTS);
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    documents.map(|document| Value::deserialize(document).unwrap()).collect()
}

fn manifest(kind: &str) -> Value {
    let all = manifests();
    let mut of_kind = all.into_iter().filter(|manifest| manifest["kind"] == kind);
    let found = of_kind.next().unwrap_or_else(|| panic!("{MANIFESTS} has no {kind}"));
    assert!(of_kind.next().is_none(), "one {kind}");
    found
}

fn pod() -> Value {
    manifest("StatefulSet")["spec"]["template"].take()
}

fn container() -> Value {
    pod()["spec"]["containers"][0].take()
}

fn config() -> toml::Table {
    let text = manifest("ConfigMap")["data"]["redcard.toml"].as_str().unwrap().to_owned();
    text.parse().unwrap()
}

/// The violations of the schema for the manifest's kind.
fn errors(manifest: &Value) -> Vec<String> {
    let mut schemas: Value = serde_json::from_str(&read("tests/schemas/kubernetes.json")).unwrap();
    let kind = manifest["kind"].as_str().unwrap();
    let of_kind = schemas["kinds"][kind].as_str().unwrap_or_else(|| panic!("no schema of {kind}"));
    let schema = json!({"$ref": of_kind, "definitions": schemas["definitions"].take()});
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(manifest).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn every_manifest_follows_the_schema_of_its_kind() {
    for manifest in manifests() {
        assert_eq!(errors(&manifest), [""; 0], "{}", manifest["kind"]);
    }
    for (kind, place) in [
        ("StatefulSet", "/spec/template/spec/containers/0/readinessProbe/httpGet"),
        ("Service", "/spec/ports/0"),
        ("PodDisruptionBudget", "/spec"),
        ("ServiceMonitor", "/spec/endpoints/0"),
    ] {
        let mut wrong = manifest(kind);
        wrong.pointer_mut(place).unwrap()["misspelt"] = true.into();
        assert!(!errors(&wrong).is_empty(), "a misspelt key of {kind} is found");
    }
}

/// The files of its Secret are put into a folder of the test.
#[test]
fn redcard_accepts_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let text = manifest("ConfigMap")["data"]["redcard.toml"].as_str().unwrap().to_owned();
    let used: BTreeSet<&str> = text
        .split(&format!("{SECRETS}/"))
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let header = read(MANIFESTS);
    let (certificate, _) = certificates::loopback();
    for name in &used {
        assert!(header.contains(&format!("--from-file={name}")), "{name} is in the Secret");
        let content = if name.ends_with(".pem") { &*certificate } else { "secret" };
        write(name, content);
    }
    write("card-keys.toml", &format!("current = 1\n[keys]\n1 = \"{}\"", "ab".repeat(32)));
    let here = folder.path().to_str().unwrap();
    write("redcard.toml", &text.replace(SECRETS, here).replace(MEMORY, here));
    let config = folder.path().join("redcard.toml");
    let output = redcard(&["check", "--config", config.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_mount_has_its_volume_and_every_file_its_mount() {
    let (pod, container) = (pod(), container());
    let claims = manifest("StatefulSet")["spec"]["volumeClaimTemplates"].take();
    let claims = claims.as_array().unwrap().iter().map(|claim| &claim["metadata"]["name"]);
    let volumes = pod["spec"]["volumes"].as_array().unwrap().iter().map(|volume| &volume["name"]);
    let volumes: BTreeSet<&str> =
        volumes.chain(claims).map(|name| name.as_str().unwrap()).collect();
    let mounts = container["volumeMounts"].as_array().unwrap();
    let mounted: BTreeSet<&str> =
        mounts.iter().map(|mount| mount["name"].as_str().unwrap()).collect();
    assert_eq!(mounted, volumes);
    let paths: Vec<&str> =
        mounts.iter().map(|mount| mount["mountPath"].as_str().unwrap()).collect();
    let config = config();
    let file = container["args"][2].as_str().unwrap();
    let folder = config["memory"]["checkpoint_dir"].as_str().unwrap();
    for path in [file, folder, SECRETS] {
        assert!(paths.iter().any(|mount| path.starts_with(mount)), "{path}");
    }
    let name = &manifest("ConfigMap")["metadata"]["name"];
    assert_eq!(&pod["spec"]["volumes"][0]["configMap"]["name"], name);
}

#[test]
fn probes_and_prometheus_use_the_address_that_redcard_listens_on() {
    let (config, container) = (config(), container());
    let listen = config["http"]["listen"].as_str().unwrap();
    let (address, port) = listen.rsplit_once(':').unwrap();
    assert_eq!(address, "0.0.0.0");
    assert_eq!(container["ports"][0]["containerPort"].to_string(), port);
    for (probe, path) in
        [("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")]
    {
        let asked = &container[probe]["httpGet"];
        assert_eq!(
            (&asked["path"], &asked["port"]),
            (&path.into(), &container["ports"][0]["name"])
        );
    }
    let (service, monitor) = (manifest("Service"), manifest("ServiceMonitor"));
    assert_eq!(service["spec"]["ports"][0]["targetPort"], container["ports"][0]["name"]);
    let endpoint = &monitor["spec"]["endpoints"][0];
    assert_eq!(endpoint["port"], service["spec"]["ports"][0]["name"]);
    let token = config["http"]["token_file"].as_str().unwrap();
    let key = endpoint["authorization"]["credentials"]["key"].as_str().unwrap();
    assert_eq!(token, format!("{SECRETS}/{key}"));
}

#[test]
fn all_manifests_select_the_pods_of_the_stateful_set() {
    let labels = pod()["metadata"]["labels"].take();
    let of = |kind: &str, place: &str| manifest(kind).pointer(place).unwrap().clone();
    assert_eq!(of("StatefulSet", "/spec/selector/matchLabels"), labels);
    assert_eq!(of("PodDisruptionBudget", "/spec/selector/matchLabels"), labels);
    assert_eq!(of("Service", "/spec/selector"), labels);
    assert_eq!(
        of("ServiceMonitor", "/spec/selector/matchLabels"),
        of("Service", "/metadata/labels")
    );
    assert_eq!(of("StatefulSet", "/spec/serviceName"), of("Service", "/metadata/name"));
}

#[test]
fn an_instance_has_a_stable_name_enough_time_to_stop_and_enough_memory() {
    let (pod, container) = (pod(), container());
    let instance = &container["env"][0];
    assert_eq!(instance["name"], "REDCARD__KAFKA__INSTANCE");
    assert_eq!(instance["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name");
    let defaults: toml::Table = read("config/redcard.toml").parse().unwrap();
    let grace = defaults["delivery"]["shutdown_grace"].as_str().unwrap().to_owned();
    let grace: u64 = grace.strip_suffix('s').unwrap().parse().unwrap();
    assert!(pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap() > grace);
    let bytes = config()["memory"]["bytes_per_partition"].as_integer().unwrap();
    let limit = container["resources"]["limits"]["memory"].as_str().unwrap().to_owned();
    let limit: u64 = limit.strip_suffix("Gi").unwrap().parse().unwrap();
    assert!(PARTITIONS * u64::try_from(bytes).unwrap() <= limit << 30, "all on one instance");
}

#[test]
fn the_pod_runs_without_root_and_writes_only_to_its_memory_volume() {
    let (pod, container) = (pod(), container());
    assert_eq!(pod["spec"]["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["spec"]["securityContext"]["runAsUser"], 65532);
    assert_eq!(pod["spec"]["automountServiceAccountToken"], false);
    let own = &container["securityContext"];
    assert_eq!(own["readOnlyRootFilesystem"], true);
    assert_eq!(own["allowPrivilegeEscalation"], false);
    assert_eq!(own["capabilities"]["drop"], json!(["ALL"]));
    for mount in container["volumeMounts"].as_array().unwrap() {
        assert!(mount["name"] == "memory" || mount["readOnly"] == true, "{mount}");
    }
}
