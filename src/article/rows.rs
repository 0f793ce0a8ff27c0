//! CSV and TSV: a text in each row; neighbouring rows of one article belong together.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::{Article, ArticleError, Input, Part, ReadOptions, record_spans};
use crate::corpus::{ColumnRole, CorpusError, Table, whole_number};

/// Reads every row, in order.
pub(super) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    let table = Table::from_bytes(name, bytes, &options.table)?;
    let columns = RowColumns::find(&table, options)?;
    Ok(Input {
        warnings: table.warnings().to_vec(),
        ..articles(&table, columns, options)
    })
}

/// Which columns of a table are what.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowColumns {
    text: usize,
    group: Option<usize>,
    position: Option<usize>,
}

impl RowColumns {
    pub(super) fn find(table: &Table<'_>, options: &ReadOptions) -> Result<Self, CorpusError> {
        let text = table.column(ColumnRole::Text, options.text_column.as_deref())?;
        let (group, position) = (&options.group_column, &options.position_column);
        Ok(Self {
            text: text.index,
            group: optional(table, ColumnRole::Group, group.as_deref())?,
            position: optional(table, ColumnRole::Position, position.as_deref())?,
        })
    }

    /// The name of the article of a row.
    pub(super) fn article<'t>(&self, table: &'t Table<'_>, row: usize) -> Option<&'t str> {
        let name = table.field(row, self.group?).trim();
        Some(name).filter(|name| !name.is_empty())
    }

    /// Whether `row` belongs to the article of the row before it, and comes next in it.
    fn continues(&self, table: &Table<'_>, row: usize) -> bool {
        let article = self.article(table, row);
        if row == 0 || article.is_none() || article != self.article(table, row - 1) {
            return false;
        }
        // Without a position column, rows that stand together are neighbours.
        self.position.is_none_or(|column| {
            let at = |row| whole_number(table.field(row, column));
            let next = at(row - 1).and_then(|position| position.checked_add(1));
            next.is_some() && next == at(row)
        })
    }
}

/// Looks, batch by batch, for rows of an article that do not stand together in the order of their positions.
#[derive(Default)]
pub(super) struct RowOrder {
    /// Hash of the article of the row before, and its position.
    last: Option<(u64, Option<i64>)>,
    /// Hashes of articles that are behind.
    seen: HashSet<u64>,
    told: bool,
}

/// So many articles are remembered; a file that is not sorted shows it before.
const MOST_SEEN: usize = 1 << 16;

impl RowOrder {
    /// What is wrong with the first row that is out of order.
    pub(super) fn fault(&mut self, table: &Table<'_>, columns: RowColumns) -> Option<String> {
        let (false, Some(group)) = (self.told, columns.group) else {
            return None;
        };
        let row = (0..table.len()).find(|&row| self.is_misplaced(table, columns, row))?;
        self.told = true;
        let article = table.field(row, group).trim();
        let place = table.place(row, group);
        Some(format!(
            "{place}: article `{article}` comes again or goes back, but only rows that stand together in the order of \
             their positions are read together: sort the file by article and position"
        ))
    }

    fn is_misplaced(&mut self, table: &Table<'_>, columns: RowColumns, row: usize) -> bool {
        let Some(article) = columns.article(table, row) else {
            self.last = None;
            return false;
        };
        let mut hasher = DefaultHasher::new();
        article.hash(&mut hasher);
        let hash = hasher.finish();
        let position = columns
            .position
            .and_then(|column| whole_number(table.field(row, column)));
        let last = self.last.replace((hash, position));
        match last {
            Some((before, at)) if before == hash => position.is_some() && position < at,
            _ if self.seen.len() >= MOST_SEEN => self.seen.contains(&hash),
            _ => !self.seen.insert(hash),
        }
    }
}

/// The first row of each article.
pub(super) fn article_starts(table: &Table<'_>, columns: RowColumns) -> Vec<usize> {
    (0..table.len())
        .filter(|&row| !columns.continues(table, row))
        .collect()
}

/// The articles of a table.
pub(super) fn articles(table: &Table<'_>, columns: RowColumns, options: &ReadOptions) -> Input {
    let mut articles: Vec<Article> = Vec::new();
    for row in 0..table.len() {
        let text = table.field(row, columns.text);
        let used = [Some(columns.text), columns.group];
        let part = Part {
            text: text.to_owned(),
            offset: 0,
            spans: record_spans(text, options.split),
            columns: if options.other_columns {
                others(table, row, &used)
            } else {
                Vec::new()
            },
        };
        match articles.last_mut() {
            Some(Article { parts, .. }) if columns.continues(table, row) => parts.push(part),
            _ => articles.push(Article {
                number: articles.len() + 1,
                name: columns.article(table, row).map(str::to_owned),
                parts: vec![part],
            }),
        }
    }
    Input {
        articles,
        ..Input::default()
    }
}

/// The column, or `None` if it is missing and nobody asked for it by name.
fn optional(
    table: &Table<'_>,
    role: ColumnRole,
    wanted: Option<&str>,
) -> Result<Option<usize>, CorpusError> {
    match table.column(role, wanted) {
        Ok(found) => Ok(Some(found.index)),
        Err(_) if wanted.is_none() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The row's other columns, by name.
fn others(table: &Table<'_>, row: usize, used: &[Option<usize>]) -> Vec<(String, Value)> {
    (0..table.header().len())
        .filter(|&column| !used.contains(&Some(column)))
        .map(|column| {
            (
                table.header()[column].clone(),
                Value::from(table.field(row, column)),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Split;

    fn articles(csv: &str, split: Split) -> Vec<(Option<String>, Vec<String>)> {
        let options = ReadOptions {
            split,
            ..ReadOptions::default()
        };
        read("a.csv", csv.as_bytes(), &options)
            .unwrap()
            .articles
            .iter()
            .map(|a| (a.name.clone(), a.texts().map(str::to_owned).collect()))
            .collect()
    }

    #[test]
    fn rows_of_one_article_that_follow_each_other_belong_together() {
        let csv =
            "article,position,text\na,1,One. Two.\na,2,Three.\na,4,Gap.\n,5,Alone.\n,6,Alone.\n";
        let shown = articles(csv, Split::Auto);
        let a = Some("a".to_owned());
        assert_eq!(
            shown,
            [
                (
                    a.clone(),
                    vec!["One.".to_owned(), "Two.".to_owned(), "Three.".to_owned()]
                ),
                (a, vec!["Gap.".to_owned()]),
                (None, vec!["Alone.".to_owned()]),
                (None, vec!["Alone.".to_owned()]),
            ]
        );
    }

    #[test]
    fn a_row_can_be_one_text() {
        let shown = articles("label,text\nx,One. Two.\n", Split::None);
        assert_eq!(shown, [(None, vec!["One. Two.".to_owned()])]);
    }
}
