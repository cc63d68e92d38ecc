//! Checks the external programs that scripts, tests and benchmarks call. `scripts/prepare` must
//! look for each of them; here the scripts run on a machine that has only those programs.

use super::{file, read};
use crate::architecture::rust_files;
use crate::support::environment;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A replacement for Cargo that prints its arguments. The library's tests are a program that does
/// nothing.
const CARGO: &str = r#"#!/bin/sh
echo "cargo $*"
[ "$*" != 'test --locked --lib --no-run' ] || echo '  Executable unittests src/lib.rs (true)'
"#;
const JAVA: &str = "#!/bin/sh\necho 'openjdk version \"21.0.1\" 2023-10-17' >&2\n";
const OTHER: &str = "#!/bin/sh\n";
/// Reports 100 million instructions more with every call.
const VALGRIND: &str = r#"#!/bin/sh
echo call >>"$0.calls"
echo "==1== Collected : $(sed -n '$=' "$0.calls")00000000" >&2
"#;
/// What `scripts/count-instructions` computes from that, for the 8,000 messages of the difference.
const COUNTED: u64 = 100_000_000 / 8_000;

/// Arguments of `Command::new` other than a program's name: redcard itself, Cargo, the running
/// program, and variables that hold a name.
const NOT_BY_NAME: &[&str] = &[
    "env!(\"CARGO\")",
    "env!(\"CARGO_BIN_EXE_redcard\")",
    "std::env::current_exe()?",
    "binary()",
    "program",
    "&program",
];

/// A copy of the scripts, and the only folder in which they find programs.
struct Machine {
    folder: TempDir,
}

impl Machine {
    /// A machine with only the utilities of every POSIX system.
    fn with_utilities_only() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["bin", "scripts", ".ci"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        for script in [
            "scripts/prepare",
            "scripts/demo",
            "scripts/test",
            "scripts/count-instructions",
            ".ci/run",
        ] {
            fs::copy(file(script), machine.path(script)).unwrap();
        }
        utilities().iter().for_each(|utility| machine.link(utility));
        machine
    }

    fn with_cargo(self) -> Self {
        self.with("cargo", CARGO)
    }

    fn with(self, program: &str, text: &str) -> Self {
        let path = self.path("bin").join(program);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A machine with every program that `scripts/prepare` looks for; most of them do nothing.
    fn with_all_programs() -> Self {
        let mut machine = Self::with_utilities_only().with_cargo();
        for program in required_programs() {
            machine = match program.as_str() {
                "bash" => {
                    machine.link("bash");
                    machine
                }
                "java" => machine.with("java", JAVA),
                _ if std::fs::exists(machine.path("bin").join(&program)).unwrap() => machine,
                _ => machine.with(&program, OTHER),
            };
        }
        machine
    }

    /// A machine that counts [`COUNTED`] instructions per message, of which `known` are expected.
    fn that_counts(known: u64) -> Self {
        let machine = Self::with_all_programs().with("valgrind", VALGRIND);
        for folder in ["target/release", "benches"] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        fs::copy(machine.path("bin/mvn"), machine.path("target/release/redcard")).unwrap();
        fs::write(machine.path("benches/instructions"), format!("{known}\n")).unwrap();
        machine
    }

    /// Links a program of the real machine.
    fn link(&self, program: &str) {
        let path = environment("PATH").unwrap();
        let found = path.split(':').map(|folder| Path::new(folder).join(program));
        let found = found
            .into_iter()
            .find(|path| std::fs::metadata(path).is_ok_and(|found| found.is_file()));
        let found = found.unwrap_or_else(|| panic!("there is no {program} on PATH"));
        symlink(found, self.path("bin").join(program)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, script: &str, arguments: &[&str]) -> Output {
        let program = self.path(script);
        let mut command = Command::new(&program);
        command.args(arguments).env_clear().env("PATH", self.path("bin")).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// The output of a script that must succeed without errors or warnings.
    #[track_caller]
    fn stdout_of(&self, script: &str, arguments: &[&str]) -> String {
        let output = self.run(script, arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && errors.is_empty(), "{script}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The errors of a script that must fail.
    #[track_caller]
    fn errors_of(&self, script: &str, arguments: &[&str]) -> String {
        let output = self.run(script, arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{script}: {errors}");
        assert!(!errors.contains("not found"), "{script}: {errors}");
        errors
    }
}

/// The utilities that `scripts/prepare` expects on every POSIX system.
fn utilities() -> Vec<String> {
    let prepare = read("scripts/prepare");
    let list = prepare.split_once("for utility in ").unwrap().1.split_once(';').unwrap().0;
    list.split(' ').map(str::to_owned).collect()
}

/// The programs that an error of `scripts/prepare` lists.
fn listed_programs(errors: &str) -> BTreeSet<String> {
    let lines = errors.lines().filter_map(|line| line.strip_prefix("  - "));
    lines.filter_map(|line| line.split([',', ' ']).next()).map(str::to_owned).collect()
}

/// Every program that `scripts/prepare` looks for.
fn required_programs() -> BTreeSet<String> {
    let mut programs = listed_programs(
        &Machine::with_utilities_only().with_cargo().errors_of("scripts/prepare", &[]),
    );
    programs.extend(utilities());
    programs.insert("cargo".into());
    programs
}

#[test]
fn prepare_lists_the_missing_programs_if_it_cannot_install_them() {
    let machine = Machine::with_utilities_only();
    assert!(machine.errors_of("scripts/prepare", &[]).contains("https://rustup.rs"));
    let machine = machine.with_cargo();
    let errors = machine.errors_of("scripts/test", &[]);
    assert!(errors.contains("\nTheir packages in Debian: bash g++ make perl openjdk-NN-jre-headless (17 or later) maven chromium\n"), "{errors}");
    for server in ["prometheus", "prometheus-alertmanager"] {
        assert!(errors.contains(&format!("\n{server} is a server: ")), "{errors}");
    }
    let missing = listed_programs(&errors);
    for program in ["cc", "make", "perl", "java", "mvn", "prometheus", "prometheus-alertmanager"] {
        assert!(missing.contains(program), "{program}: {errors}");
    }
    let for_the_demo = listed_programs(&machine.errors_of("scripts/demo", &[]));
    let expected = ["ar", "bash", "c++", "cc", "make", "perl", "the"].map(str::to_owned);
    assert_eq!(for_the_demo, BTreeSet::from(expected));
}

/// Succeeds for the one package that this system has, as `apt-cache show` does.
const APT_CACHE: &str = "#!/bin/sh\n[ \"$2\" != openjdk-25-jre-headless ] || echo Package: $2\n";
/// Cannot become root.
const SUDO: &str = "#!/bin/sh\nexit 1\n";

#[test]
fn prepare_names_the_java_that_the_system_has_and_never_advises_to_install_a_server() {
    // Whether the tests run as root or not, the machine cannot install anything.
    let machine =
        Machine::with_utilities_only().with_cargo().with("sudo", SUDO).with("apt-get", OTHER);
    fs::remove_file(machine.path("bin").join("id")).unwrap();
    let machine = machine.with("id", "#!/bin/sh\necho 1000\n");
    let errors = machine.errors_of("scripts/prepare", &[]);
    let install =
        "\n  sudo apt-get install bash g++ make perl default-jre-headless maven chromium\n";
    assert!(errors.contains(install), "{errors}");
    let machine = machine.with("apt-cache", APT_CACHE);
    let errors = machine.errors_of("scripts/prepare", &[]);
    assert!(errors.contains(" openjdk-25-jre-headless maven chromium\n"), "{errors}");
    assert!(!errors.contains("install prometheus"), "{errors}");
    assert!(errors.contains("\n  apt-get download prometheus && dpkg-deb -x "), "{errors}");
}

#[test]
fn the_two_commands_pass_their_arguments_on_and_call_only_prepared_programs() {
    let machine = Machine::with_all_programs();
    let demo = machine.stdout_of("scripts/demo", &["--seed", "7", "--rules", "my rules.toml"]);
    assert!(demo.starts_with("cargo run --locked --release --manifest-path "), "{demo}");
    assert!(demo.ends_with(" -- demo --seed 7 --rules my rules.toml\n"), "{demo}");
    let test = machine.stdout_of("scripts/test", &["--test", "it", "kafka"]);
    assert_eq!(test, "cargo test --locked --test it kafka\n");
}

#[test]
fn the_test_command_runs_every_kind_of_test_and_fails_if_one_fails() {
    let machine = Machine::with_all_programs();
    let all = machine.stdout_of("scripts/test", &[]);
    for run in ["--no-run", "--bins --test it", "--doc"] {
        assert!(all.contains(&format!("cargo test --locked {run}\n")), "{run}: {all}");
    }
    let library = CARGO.replace("(true)", "(false)");
    let rest = |kind: &str| format!("{CARGO}[ \"$*\" != 'test --locked {kind}' ] || exit 101\n");
    for cargo in [library, rest("--no-run"), rest("--bins --test it"), rest("--doc")] {
        let output = Machine::with_all_programs().with("cargo", &cargo).run("scripts/test", &[]);
        assert!(!output.status.success(), "{cargo}");
    }
}

#[test]
fn ci_runs_the_commands_of_the_readme_and_calls_only_prepared_programs() {
    let passed = Machine::that_counts(COUNTED).stdout_of(".ci/run", &[]);
    let readme = read("README.md");
    for command in ["scripts/demo --seed 7", "scripts/test"] {
        assert!(readme.contains(&format!("\n    {command}\n")), "README.md: {command}");
        assert!(passed.contains(&format!("\n== {command}")), "{command}: {passed}");
    }
    assert!(passed.contains(&format!("\n{COUNTED} instructions per message")), "{passed}");
    for called in ["cargo fmt", "cargo clippy", "cargo test", "cargo doc", "cargo bench"] {
        assert!(passed.lines().any(|line| line.starts_with(called)), "{called}: {passed}");
    }
}

#[test]
fn over_five_percent_more_instructions_fail_until_the_figure_is_updated() {
    let count = "scripts/count-instructions";
    let machine = Machine::that_counts(COUNTED * 100 / 105 - 1);
    assert!(machine.errors_of(count, &[]).contains("5 % more than benches/instructions"));
    fs::remove_file(machine.path("bin/valgrind.calls")).unwrap();
    machine.stdout_of(count, &["--update"]);
    let figure = fs::read_to_string(machine.path("benches/instructions")).unwrap();
    assert_eq!(figure, format!("{COUNTED}\n"));
    Machine::that_counts(COUNTED * 100 / 105 + 1).stdout_of(count, &[]);
}

#[test]
fn prepare_looks_for_every_program_that_the_code_calls() {
    let programs = required_programs();
    let mut called = 0;
    for source in ["src", "tests", "benches", "fuzz/fuzz_targets"]
        .iter()
        .flat_map(|folder| rust_files(&file(folder)))
    {
        let text = fs::read_to_string(&source).unwrap();
        for argument in arguments_of(&text, concat!("Command::", "new(")) {
            assert!(
                programs.contains(argument.trim_matches('"')) || NOT_BY_NAME.contains(&argument),
                "{}: scripts/prepare does not look for {argument}",
                source.display()
            );
            called += 1;
        }
    }
    assert!(called > 10, "{called} calls");
    let tools = read("tests/it/support/tools.rs");
    let tools: Vec<_> = arguments_of(&tools, "    tool(");
    assert!(tools.len() >= 4, "{tools:?}");
    for tool in tools {
        let name = tool.split(',').next().unwrap().trim_matches('"');
        assert!(programs.contains(name), "scripts/prepare does not look for {name}");
    }
}

/// The text between `opening`, which ends with a parenthesis, and the matching closing one; for
/// each occurrence.
fn arguments_of<'t>(text: &'t str, opening: &str) -> Vec<&'t str> {
    let calls = text.split(opening).skip(1);
    calls.map(|after| &after[..closing(after).unwrap_or(after.len())]).collect()
}

/// The position of the parenthesis that closes the one before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}
