//! Runs straight code: computes nodes one after the other, each from those before it.

use super::super::ir::{AggregateId, Id, Output, Tree};
use super::super::plan::{Instruction, PerCharge, When};
use super::compute::{PastRegisters, compute};
use super::context::Context;
use super::operation::Registers;
use super::partial_value::{Slot, compare};
use super::scratch::{LazyRegisters, Scratch};
use crate::memory::Event;

/// Registers whose values are known before they are read.
#[derive(Clone, Copy)]
pub struct KnownRegisters<'k>(LazyRegisters<'k>);

impl KnownRegisters<'_> {
    /// Computes what the code computes, except what is known already. False if the code ended before
    /// its last instruction.
    #[inline(always)]
    pub fn run(&self, code: &[Instruction]) -> bool {
        run(code, self, |id| self.0.scratch.cache.is_known(id))
    }
}

impl Scratch {
    /// The registers of straight code.
    pub fn known_registers<'s>(&'s self, context: &'s Context<'s>) -> KnownRegisters<'s> {
        KnownRegisters(self.registers(context))
    }

    /// Computes what the code computes, except what is known already.
    pub fn run(&self, code: &[Instruction], context: &Context<'_>) {
        self.known_registers(context).run(code);
    }

    /// The value of a node for a charge of the outermost macro, once `code.once` has run.
    pub fn run_for(
        &self,
        charge: &Event,
        (node, code): (Id, &PerCharge),
        context: &Context<'_>,
    ) -> Slot {
        code.stale.iter().for_each(|id| self.cache.forget(*id));
        let registers = KnownRegisters(self.registers(context).at(0, charge, &[]));
        run(&code.each, &registers, |_| false);
        self.cache.slot(node)
    }
}

#[inline(always)]
fn run(
    code: &[Instruction],
    registers: &KnownRegisters<'_>,
    is_known: impl Fn(Id) -> bool,
) -> bool {
    let cache = &registers.0.scratch.cache;
    let mut rest = code.iter();
    while let Some(instruction) = rest.next() {
        match instruction {
            Instruction::Compute(id, op) => {
                if !is_known(*id) {
                    cache.keep(*id, compute(*op, registers));
                }
            }
            Instruction::Result(id, aggregate, output) => {
                if !is_known(*id) {
                    cache.keep(*id, registers.result(*aggregate, *output));
                }
            }
            Instruction::EndUnless(id, form, comparison, bits) => {
                let is = compare(*form, *comparison, cache.slot(*id), Slot::exact(*bits));
                if is.is_false() {
                    return false;
                }
            }
            Instruction::End(id, when) => {
                if is_so(*when, cache.slot(*id)) {
                    return false;
                }
            }
            Instruction::Skip(id, When::Known, count) if is_known(*id) => {
                rest = rest.as_slice().get(*count..).unwrap_or(&[]).iter();
            }
            Instruction::Skip(id, when, count) => {
                if is_so(*when, cache.slot(*id)) {
                    rest = rest.as_slice().get(*count..).unwrap_or(&[]).iter();
                }
            }
        }
    }
    true
}

fn is_so(when: When, slot: Slot) -> bool {
    match when {
        When::Known => false,
        When::True => slot.is_true(),
        When::False => slot.is_false(),
        When::NotTrue => !slot.is_true(),
        When::NotFalse => !slot.is_false(),
        When::NotAbsent => !slot.is_absent(),
    }
}

impl Registers for KnownRegisters<'_> {
    #[inline]
    fn get(&self, id: Id) -> Slot {
        self.0.scratch.cache.slot(id)
    }

    fn tree(&self) -> &Tree {
        self.0.tree()
    }

    fn field_text(&self, at: u16) -> Option<&str> {
        self.0.field_text(at)
    }
}

impl<'k> PastRegisters<'k> for KnownRegisters<'k> {
    fn context(&self) -> &'k Context<'k> {
        self.0.context
    }

    fn charge(&self, depth: u8) -> Option<&'k Event> {
        self.0.charge(depth)
    }

    fn result(&self, aggregate: AggregateId, output: Output) -> Slot {
        self.0.result(aggregate, output)
    }

    /// Macros within a macro compute what they need when they first read it.
    fn nested(&self, aggregate: AggregateId, output: Output) -> Slot {
        self.0.nested(aggregate, output)
    }

    fn at(self, depth: u8, charge: &'k Event, nodes: &[Id]) -> Self {
        Self(self.0.at(depth, charge, nodes))
    }
}
