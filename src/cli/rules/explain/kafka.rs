//! A decision of the service: the memory before it from the history, the message from the input.
//!
//! ```text
//! history ─▶ find: which entry is it? ─▶ fold all entries before it ─▶ memory
//!                  └─▶ the part of the input that its record covers ─▶ the message
//! ```

use super::search::{Search, Wanted};
use super::{ExplainArgs, compiled, show, unknown_rule};
use crate::cli::transactions::{Source, Step};
use crate::cli::{Environment, Exit, lookup, signals, terminal};
use crate::decode::{Decoder, FeedFormat, Medium, Notes, Reason, Rejection};
use crate::kafka::{Found, InputRecord, Lookup};
use crate::memory::{CardKey, MessageId};
use crate::printable::Printable;
use crate::transaction::{Kind, Transaction, WireName};
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
    let mut lookup = Lookup::connect(settings, interrupted)?;
    let id = resolved.decoder.id_of(&args.transaction).into_owned();
    let Some((partition, all)) = find(&mut lookup, card, &id, args.kind)? else {
        return Ok(not(format!(
            "{history} has no transaction `{id}` of card {card}: it was never accepted, or has fallen \
             out of the topic's retention"
        )));
    };
    let [(found, kind)] = &*all else {
        terminal::error(several(&id, &all));
        return Ok(Exit::Usage.into());
    };
    let mut record =
        Message { decoder: Decoder::new(resolved.decoder), topic, partition, at: None };
    record.at = lookup.input(partition, found.input.clone(), |at| {
        let decoded = record.decoder.decode(&at.value, Some(at.timestamp));
        decoded.is_ok_and(|(tx, _)| {
            // Ids may be used again.
            (&*tx.id, tx.kind, tx.time) == (&*id, *kind, found.time) && tx.card.may_go_by(card)
        })
    })?;
    let Ok((mut tx, _)) = record.transaction() else {
        return Ok(not(format!(
            "{} no longer has transaction `{id}`, which was at an offset from {} to {} of \
             partition {partition}: only what it did to memory is known (`redcard memory`)",
            record.topic,
            found.input.start,
            found.input.end - 1
        )));
    };
    let memory = lookup.memory_before(partition, found)?;
    let wanted = Wanted { id: &id, line: None };
    let mut search = Search::remembering(Arc::new(deciding), explaining, memory, wanted);
    let report = search.explain(&mut tx, &record);
    show(args, report)?;
    Ok(Exit::Ok.into())
}

fn not(why: String) -> ExitCode {
    terminal::error(Printable(&why));
    Exit::Usage.into()
}

type Messages = Vec<(Found, Kind)>;

/// The card's messages of that id, and their partition: the first that has any.
fn find(
    lookup: &mut Lookup,
    card: &str,
    id: &str,
    kind: Option<Kind>,
) -> anyhow::Result<Option<(i32, Messages)>> {
    let all = Kind::NAMES.iter().map(|(kind, _)| *kind);
    let kinds: Vec<Kind> = all.filter(|one| kind.is_none_or(|wanted| wanted == *one)).collect();
    let ids: Vec<MessageId> = kinds.iter().map(|kind| MessageId::of(*kind, id)).collect();
    for partition in lookup.partitions(card) {
        let found = lookup.find(partition, CardKey::of(card), &ids)?;
        if !found.is_empty() {
            let of = |found: Found| {
                let kind = kinds.iter().find(|kind| MessageId::of(**kind, id) == found.id)?;
                Some((found, *kind))
            };
            return Ok(Some((partition, found.into_iter().filter_map(of).collect())));
        }
    }
    Ok(None)
}

fn several(id: &str, all: &[(Found, Kind)]) -> String {
    let id = Printable(id);
    let lines = all.iter().map(|(found, kind)| format!("\n  {} of {}", kind.name(), found.time));
    let lines: String = lines.collect();
    format!("there are several transactions `{id}` of the card; choose one with --type:{lines}")
}

/// A record of the input.
struct Message {
    decoder: Decoder,
    topic: String,
    partition: i32,
    at: Option<InputRecord>,
}

impl Source for Message {
    /// There is only the one.
    fn advance(&mut self) -> anyhow::Result<Step> {
        Ok(Step::End)
    }

    fn transaction(&self) -> Result<(Transaction<'_>, Notes), Rejection> {
        let (value, timestamp) = match &self.at {
            Some(at) => (&*at.value, Some(at.timestamp)),
            None => (&[][..], None),
        };
        self.decoder.decode(value, timestamp)
    }

    fn name(&self) -> String {
        self.topic.clone()
    }

    fn place(&self) -> String {
        let offset = self.at.as_ref().map_or(0, |at| at.offset);
        format!("{}, partition {}, offset {offset}", self.topic, self.partition)
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
