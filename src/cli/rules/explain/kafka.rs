//! Explains a decision of the service: rebuilds the memory before it from the history, and reads
//! the message from the input.
//!
//! ```text
//! history ─▶ find: which entry is it? ─▶ fold all entries before it ─▶ memory
//!                  └─▶ the part of the input that its record covers ─▶ the message
//! decisions, alerts ─▶ which version of the lists ─▶ the entries of the lists topic before it
//! ```

use super::arguments::ExplainArgs;
use super::past_lists::ListsSource;
use super::rulesets::{compiled, unknown_rule};
use super::search::{TransactionSearch, Wanted};
use super::show::show;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::transactions::{ReadStep, TransactionSource};
use crate::cli::{list_file, lookup, missing_lists, signals, terminal};
use crate::decode::{Decoder, FeedFormat, Medium, Reason};
use crate::kafka::{Found, InputRecord, Lookup};
use crate::memory::{CardKey, Identity, MessageId};
use crate::pipeline::{Incoming, Pipeline};
use crate::printable::Printable;
use crate::transaction::{Kind, WireName};
use anyhow::Context;
use std::process::ExitCode;
use std::sync::Arc;

pub fn run(args: &ExplainArgs, card: &str, environment: &Environment) -> anyhow::Result<ExitCode> {
    lookup::check_token(card)?;
    let resolved = args.reading.read(environment)?.resolve()?;
    let (deciding, explaining) = compiled(args, &resolved)?;
    if let Some(unknown) = unknown_rule(args, &deciding) {
        return Ok(not(unknown));
    }
    let settings = lookup::settings(&resolved)?;
    let (topic, history) = (settings.transactions.clone(), settings.history.clone());
    let interrupted = signals::interrupt_flag().context("cannot listen for signals")?;
    let topic_lists = match &args.lists {
        Some(_) => None,
        None => ListsSource::of(&resolved, &deciding, &interrupted)?,
    };
    let mut lookup = Lookup::connect(settings, Arc::clone(&interrupted))?;
    let id = resolved.decoder.id_of(&args.transaction).into_owned();
    let Some((partition, all)) = find(&mut lookup, card, &id, args.kind)? else {
        return Ok(not(format!(
            "{history} has no transaction `{id}` of card {card}: it was never accepted, or has fallen \
             out of the topic's retention"
        )));
    };
    let lists = list_file::scheduled(args.lists.as_deref(), &resolved.decoder, &interrupted)?;
    missing_lists::warn_of_missing(&deciding, &lists, args.lists.as_deref());
    let decoder = Arc::new(Decoder::new(resolved.decoder));
    let mut record = InputMessage { decoder: Arc::clone(&decoder), topic, partition, at: None };
    let found = match choose(&mut lookup, &mut record, (card, &id), all, args.offset)? {
        Ok(found) => found,
        Err(list) => {
            // Printed as lines; text from messages was escaped when the list was built.
            terminal::error(list);
            return Ok(Exit::Usage.into());
        }
    };
    record.read(&mut lookup, card, &found)?;
    let mut pipeline = Pipeline::new(decoder, Arc::new(deciding));
    pipeline.schedule_lists(lists);
    let mut lists_report = None;
    if let Some(source) = topic_lists {
        let (lists, report) = source.read(pipeline.settings(), (card, &id), &found)?;
        pipeline.use_lists(Arc::new(lists));
        lists_report = Some(report);
    }
    let Ok(mut message) = pipeline.decode(record.incoming()) else {
        return Ok(not(format!(
            "{} no longer has transaction `{id}`, which was at an offset from {} to {} of \
             partition {partition}: only what it did to memory is known (`redcard memory`)",
            record.topic,
            found.input.start,
            found.input.end - 1
        )));
    };
    let memory = lookup.memory_before(partition, &found)?;
    let wanted = Wanted { id: &id, line: None };
    let mut search = TransactionSearch::new(pipeline, explaining, memory, wanted);
    let mut report = search.explain(&mut message, &record);
    report.lists = lists_report;
    show(args, report)?;
    Ok(Exit::Ok.into())
}

fn not(why: String) -> ExitCode {
    terminal::error(Printable(&why));
    Exit::Usage.into()
}

/// The card's messages with that id, from the first partition that has any.
fn find(
    lookup: &mut Lookup,
    card: &str,
    id: &str,
    kind: Option<Kind>,
) -> anyhow::Result<Option<(i32, Vec<Found>)>> {
    let all = Kind::NAMES.iter().map(|(kind, _)| *kind);
    let kinds = all.filter(|one| kind.is_none_or(|wanted| wanted == *one));
    let ids: Vec<MessageId> = kinds.map(|kind| MessageId::of(kind, id)).collect();
    for partition in lookup.partitions(card) {
        let found = lookup.find(partition, CardKey::of(card), &ids)?;
        if !found.is_empty() {
            return Ok(Some((partition, found)));
        }
    }
    Ok(None)
}

/// The message at that offset, or the only one; otherwise a text that lists them.
fn choose(
    lookup: &mut Lookup,
    record: &mut InputMessage,
    (card, id): (&str, &str),
    mut all: Vec<Found>,
    offset: Option<i64>,
) -> anyhow::Result<Result<Found, String>> {
    if offset.is_none() && all.len() == 1 {
        return Ok(all.pop().ok_or_else(String::new));
    }
    let mut lines = String::new();
    for found in all {
        record.read(lookup, card, &found)?;
        if offset.is_some() && record.at.as_ref().map(|at| at.offset) == offset {
            return Ok(Ok(found));
        }
        lines += &record.line(&found);
    }
    let (id, topic) = (Printable(id), &record.topic);
    let partition = record.partition;
    Ok(Err(match offset {
        Some(offset) => format!(
            "offset {offset} of {topic}, partition {partition}, is not where the card's transaction \
             `{id}` was scored; it was at:{lines}"
        ),
        None => format!(
            "there are several transactions `{id}` of the card in {topic}, partition {partition}; choose \
             one with --offset or --type:{lines}"
        ),
    }))
}

/// A record of the input.
struct InputMessage {
    decoder: Arc<Decoder>,
    topic: String,
    partition: i32,
    at: Option<InputRecord>,
}

impl InputMessage {
    /// Reads the message from the part of the input that its history record covers.
    fn read(&mut self, lookup: &mut Lookup, card: &str, found: &Found) -> anyhow::Result<()> {
        self.at = lookup.input(self.partition, found.input.clone(), |at| {
            let decoded = self.decoder.decode(&at.value, Some(at.timestamp));
            decoded.is_ok_and(|(tx, _)| {
                found.identity.is_same(&Identity::of(&tx)) && tx.card.may_resolve_to(card)
            })
        })?;
        Ok(())
    }

    /// Describes where the message is, for a list of several.
    fn line(&self, found: &Found) -> String {
        let decoded = self.at.as_ref().map(|at| self.decoder.decode(&at.value, Some(at.timestamp)));
        let (Some(at), Some(Ok((tx, _)))) = (&self.at, decoded) else {
            return format!("\n  {}, no longer in the topic", found.time);
        };
        let (kind, merchant) = (tx.kind.name(), Printable(&tx.merchant.id));
        format!("\n  offset {}: {kind} of {} at merchant `{merchant}`", at.offset, found.time)
    }
}

impl TransactionSource for InputMessage {
    /// There is only one record, and it has been read already.
    fn advance(&mut self) -> anyhow::Result<ReadStep> {
        Ok(ReadStep::End)
    }

    /// Without the record there are no bytes, which are rejected.
    fn incoming(&self) -> Incoming<'_> {
        match &self.at {
            Some(at) => Incoming::record(&at.value, Some(at.timestamp)),
            None => Incoming::line(&[]),
        }
    }

    fn name(&self) -> String {
        self.topic.clone()
    }

    fn place_of(&self, _: u64) -> String {
        let offset = self.at.as_ref().map_or(0, |at| at.offset);
        format!("{}, partition {}, offset {offset}", self.topic, self.partition)
    }

    fn medium(&self) -> Option<Medium> {
        Some(Medium::KafkaRecord)
    }

    fn hint(&self, reason: Reason) -> Option<String> {
        let record = self.at.as_ref();
        let format = record.and_then(|record| FeedFormat::of_record(&record.value, reason));
        format.map(|format| format.hint(Medium::KafkaRecord))
    }

    fn number(&self) -> u64 {
        1
    }
}
