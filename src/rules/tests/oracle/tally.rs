//! Counts the outcomes of the compared cases, so that a vacuous comparison fails the test.

use super::answer::Answer;
use super::generate::{Feature, Ty};

#[derive(Debug, Default)]
pub struct Tally {
    /// In the order of [`Ty::ALL`].
    present: [usize; 7],
    absent: [usize; 7],
    holds: usize,
    /// Expressions that gave more than one answer.
    varying: usize,
    expressions: usize,
    /// Cases left out because doubles were too close.
    pub close: usize,
    /// For each current expression: its first answer, and whether it has given another one since.
    seen: Vec<Option<(Answer, bool)>>,
    disagreements: Vec<String>,
}

impl Tally {
    /// Starts a new set of expressions.
    pub fn begin(&mut self, expressions: usize) {
        self.expressions += expressions;
        self.seen = vec![None; expressions];
    }

    pub fn agree(&mut self, at: usize, feature: &Feature, answer: Answer) {
        let ty = Ty::ALL.iter().position(|ty| *ty == feature.ty).unwrap();
        let counts = if answer == Answer::Absent { &mut self.absent } else { &mut self.present };
        counts[ty] += 1;
        self.holds += usize::from(answer == Answer::Bool(true));
        match &mut self.seen[at] {
            Some((first, varies)) if *first != answer && !*varies => {
                *varies = true;
                self.varying += 1;
            }
            Some(_) => {}
            unseen => *unseen = Some((answer, false)),
        }
    }

    pub fn disagree(&mut self, feature: &Feature, what: &str) {
        let spelled = &feature.spelled;
        self.disagreements.push(format!("{what}\nrule: {}\ncel:  {}", spelled.rule, spelled.cel));
    }

    pub fn has_disagreement(&self) -> bool {
        !self.disagreements.is_empty()
    }

    pub fn assert_agreement(&self) {
        let shortest = self.disagreements.iter().min_by_key(|text| text.len());
        let count = self.disagreements.len();
        assert!(
            count == 0,
            "{count} disagreements, of which the shortest is: {}",
            shortest.unwrap()
        );
    }

    /// Asserts that enough cases of every type were present, absent, true and false.
    pub fn assert_no_vacuity(&self) {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        for (at, ty) in Ty::ALL.iter().enumerate() {
            let cases = self.present[at] + self.absent[at];
            let present = share(self.present[at], cases);
            assert!((0.4..0.97).contains(&present), "{present} of {cases} {ty:?} are present");
        }
        let holds = share(self.holds, self.present[0]);
        assert!((0.25..0.75).contains(&holds), "{holds} of the conditions that are decided hold");
        let varying = share(self.varying, self.expressions);
        assert!(varying > 0.5, "only {varying} of the expressions vary from history to history");
        let cases: usize = self.present.iter().chain(&self.absent).sum();
        let close = share(self.close, cases);
        assert!(close < 0.001, "{close} of {cases} cases hang on a rounding");
    }
}
