//! CSV and TSV: a text in each row; neighbouring rows of one article belong together.

use serde_json::Value;

use super::{Article, ArticleError, Input, Part, ReadOptions, record_spans};
use crate::corpus::{ColumnRole, CorpusError, Table};

/// Reads every row, in order.
pub(super) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    let table = Table::from_bytes(name, bytes, &options.table)?;
    let text = table
        .column(ColumnRole::Text, options.text_column.as_deref())?
        .index;
    let group = optional(&table, ColumnRole::Group, options.group_column.as_deref())?;
    let position = optional(
        &table,
        ColumnRole::Position,
        options.position_column.as_deref(),
    )?;
    let mut input = Input {
        warnings: table.warnings().to_vec(),
        ..Input::default()
    };
    let mut last = None;
    for row in 0..table.len() {
        let article = group
            .map(|column| table.field(row, column))
            .filter(|name| !name.is_empty());
        let at = position.and_then(|column| table.field(row, column).trim().parse::<i64>().ok());
        let part = Part {
            text: table.field(row, text).to_owned(),
            spans: record_spans(table.field(row, text), options.split),
            columns: others(&table, row, &[Some(text), group]),
        };
        // Without a position column, rows that stand together are neighbours.
        let follows = |before: Option<i64>| {
            position.is_none() || (at.is_some() && before.map(|p| p + 1) == at)
        };
        match (&last, input.articles.last_mut()) {
            (Some((name, before)), Some(open))
                if article.is_some() && *name == article && follows(*before) =>
            {
                open.parts.push(part);
            }
            _ => input.articles.push(Article {
                name: article.map(str::to_owned),
                parts: vec![part],
            }),
        }
        last = Some((article, at));
    }
    Ok(input)
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
