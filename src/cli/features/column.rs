//! The columns of the table: of the transaction, of each feature, and of the label.

use crate::cli::feature_error::FeatureError;
use crate::rules::{QuestionType, Ruleset};

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub ty: ColumnType,
    /// Whether every row has a value.
    pub is_required: bool,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnType {
    Bool,
    Int,
    Double,
    Decimal,
    Text,
    Time,
}

/// The columns of features, and the questions that they answer.
#[derive(Debug)]
pub(super) struct FeatureColumns {
    pub columns: Vec<Column>,
    /// For each column, the index of its answer.
    pub answers: Vec<usize>,
    /// Features of the ruleset that have no column, because they are lists or charges.
    pub left_out: Vec<String>,
}

/// What is known of each transaction besides features.
pub(super) const TRANSACTION: [(&str, ColumnType, bool); 7] = [
    ("id", ColumnType::Text, true),
    ("type", ColumnType::Text, true),
    ("time", ColumnType::Time, true),
    ("card.token", ColumnType::Text, true),
    ("amount", ColumnType::Decimal, true),
    ("currency", ColumnType::Text, true),
    ("base_amount", ColumnType::Decimal, false),
];

/// What became known later. It is not for rules: no feature sees it before its time.
pub(super) const LABEL: [(&str, ColumnType, bool); 3] = [
    ("label", ColumnType::Text, false),
    ("label.kind", ColumnType::Text, false),
    ("label.known_at", ColumnType::Time, false),
];

impl Column {
    fn of((name, ty, is_required): (&str, ColumnType, bool)) -> Self {
        Self { name: name.to_owned(), ty, is_required }
    }
}

impl FeatureColumns {
    /// The questions of a ruleset that can be columns. `asked` are those that were asked by name, which
    /// have to be.
    pub fn of(ruleset: &Ruleset, asked: &[String]) -> Result<Self, FeatureError> {
        let (mut columns, mut answers, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (name, ty)) in ruleset.questions().zip(ruleset.question_types()).enumerate() {
            match column_type(ty) {
                Ok(ty) => {
                    columns.push(Column::of((name, ty, false)));
                    answers.push(at);
                }
                Err(what) if asked.iter().any(|asked| asked == name) => {
                    return Err(FeatureError::NotOneValue { name: name.to_owned(), what });
                }
                Err(_) => left_out.push(name.to_owned()),
            }
        }
        Ok(Self { columns, answers, left_out })
    }

    /// All columns of the table.
    pub fn table(&self, has_labels: bool) -> Result<Vec<Column>, FeatureError> {
        let labels = LABEL.into_iter().filter(|_| has_labels).map(Column::of);
        let transaction = TRANSACTION.into_iter().map(Column::of);
        let all: Vec<Column> =
            transaction.chain(self.columns.iter().cloned()).chain(labels).collect();
        for (at, column) in all.iter().enumerate() {
            if all.iter().skip(at + 1).any(|other| other.name == column.name) {
                return Err(FeatureError::SameName { name: column.name.clone() });
            }
        }
        Ok(all)
    }
}

fn column_type(ty: QuestionType) -> Result<ColumnType, &'static str> {
    Ok(match ty {
        QuestionType::Bool => ColumnType::Bool,
        QuestionType::Int | QuestionType::Duration => ColumnType::Int,
        QuestionType::Double => ColumnType::Double,
        QuestionType::Decimal => ColumnType::Decimal,
        QuestionType::Text => ColumnType::Text,
        QuestionType::Time => ColumnType::Time,
        QuestionType::List => return Err("a list"),
        QuestionType::Charge => return Err("a charge"),
    })
}
