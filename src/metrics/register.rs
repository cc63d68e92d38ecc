//! Registers families as collectors of the client library and returns handles to their series.
//!
//! An invalid or duplicate name is a mistake in `metrics/families.rs`. The unit tests register
//! every family, so such a mistake cannot stop a running service.

use super::families::{DURATION_BUCKETS_S, Family};
use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{
    CounterVec, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGaugeVec, Opts, Registry,
};
use std::collections::BTreeMap;

pub(super) fn counters(registry: &Registry, family: &Family) -> IntCounterVec {
    let vec = IntCounterVec::new(Opts::new(family.name, family.help), family.labels);
    register(registry, vec)
}

pub(super) fn gauges(registry: &Registry, family: &Family) -> IntGaugeVec {
    let vec = IntGaugeVec::new(Opts::new(family.name, family.help), family.labels);
    register(registry, vec)
}

/// A family of floating-point counters.
pub(super) fn amounts(registry: &Registry, family: &Family) -> CounterVec {
    let vec = CounterVec::new(Opts::new(family.name, family.help), family.labels);
    register(registry, vec)
}

/// A family of floating-point gauges.
pub(super) fn amount_gauges(registry: &Registry, family: &Family) -> GaugeVec {
    let vec = GaugeVec::new(Opts::new(family.name, family.help), family.labels);
    register(registry, vec)
}

/// A histogram with the buckets for durations.
pub(super) fn durations(registry: &Registry, family: &Family) -> Histogram {
    histogram(registry, family, DURATION_BUCKETS_S)
}

pub(super) fn histogram(registry: &Registry, family: &Family, buckets: &[f64]) -> Histogram {
    single(&histograms(registry, family, buckets))
}

pub(super) fn histograms(registry: &Registry, family: &Family, buckets: &[f64]) -> HistogramVec {
    let opts = HistogramOpts::new(family.name, family.help).buckets(buckets.to_vec());
    register(registry, HistogramVec::new(opts, family.labels))
}

#[expect(
    clippy::expect_used,
    reason = "families are constants: every one of them is registered by the unit tests"
)]
fn register<C: Collector + Clone + 'static>(registry: &Registry, vec: prometheus::Result<C>) -> C {
    let vec = vec.expect("a family's name and labels are well formed");
    registry.register(Box::new(vec.clone())).expect("each family is registered once");
    vec
}

#[expect(
    clippy::expect_used,
    reason = "it fails only for a wrong number of labels, which the unit tests would find"
)]
pub(super) fn child<B: MetricVecBuilder>(vec: &MetricVec<B>, labels: &[&str]) -> B::M {
    vec.get_metric_with_label_values(labels).expect("as many labels as the family has")
}

pub(super) fn single<B: MetricVecBuilder>(vec: &MetricVec<B>) -> B::M {
    child(vec, &[])
}

pub(super) fn children<'n>(
    vec: &IntCounterVec,
    names: impl Iterator<Item = &'n str>,
) -> Vec<IntCounter> {
    names.map(|name| child(vec, &[name])).collect()
}

pub(super) fn named(
    vec: &IntCounterVec,
    names: &[&'static str],
) -> BTreeMap<&'static str, IntCounter> {
    names.iter().map(|name| (*name, child(vec, &[*name]))).collect()
}

pub(super) fn set_info(vec: &IntGaugeVec, labels: &[&str]) {
    child(vec, labels).set(1);
}

pub(super) fn count(counters: &BTreeMap<&'static str, IntCounter>, name: &str) {
    if let Some(counter) = counters.get(name) {
        counter.inc();
    }
}
