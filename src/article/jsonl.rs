//! JSON Lines: an article in each object.

use serde_json::{Map, Value};

use super::{Article, Input, Part, ReadOptions, RecordError, record_spans};

/// Reads every line that is not blank; lines that cannot be read are reported, the others kept.
/// `first` is the number of the first line.
pub(super) fn read(name: &str, text: &str, first: u64, options: &ReadOptions) -> Input {
    let mut input = Input::default();
    let lines = (first..).zip(text.lines());
    let records = lines.filter(|(_, line)| !line.trim().is_empty());
    for (number, (at, line)) in (1..).zip(records) {
        match record(line, options) {
            Ok(part) => input.articles.push(Article {
                name: None,
                number,
                parts: vec![part],
            }),
            Err((column, problem)) => input.failed.push(RecordError {
                place: format!("{name}:{at}:{column}"),
                problem,
            }),
        }
    }
    input
}

fn record(line: &str, options: &ReadOptions) -> Result<Part, (u64, String)> {
    let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| {
        let message = error.to_string();
        let what = message.split(" at line").next().unwrap_or(&message);
        // It counts bytes, and none before an error at the first.
        let before = line.floor_char_boundary(error.column().saturating_sub(1));
        (
            line[..before].chars().count() as u64 + 1,
            format!("{what}, expected a JSON object"),
        )
    })?;
    let mut text = None;
    let mut columns = Vec::new();
    for (field, value) in object {
        if field == options.text_field {
            text = Some(value);
        } else {
            columns.push((field, value));
        }
    }
    let field = &options.text_field;
    let text = match text {
        Some(Value::String(text)) => text,
        Some(other) => {
            return Err((
                1,
                format!("field `{field}` is {}, expected a string", kind(&other)),
            ));
        }
        None => {
            let names: Vec<_> = columns.iter().map(|(n, _)| format!("`{n}`")).collect();
            return Err((1, format!("no field `{field}`, found {}", names.join(", "))));
        }
    };
    let spans = record_spans(&text, options.split);
    Ok(Part {
        text,
        offset: 0,
        spans,
        columns,
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_lines_are_kept_and_bad_ones_reported() {
        let text = "{\"id\": 7, \"text\": \"One. Two.\"}\n\n{\"text\": 5}\n{\"body\": \"x\"}\n[1]\n{\"text\"\n{\"ä\": ö}";
        let input = read("a.jsonl", text, 1, &ReadOptions::default());
        assert_eq!(input.articles.len(), 1);
        assert_eq!(
            input.articles[0].texts().collect::<Vec<_>>(),
            ["One.", "Two."]
        );
        assert_eq!(
            input.articles[0].parts[0].columns,
            [("id".to_owned(), Value::from(7))]
        );
        let messages: Vec<_> = input.failed.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "a.jsonl:3:1: field `text` is a number, expected a string",
                "a.jsonl:4:1: no field `text`, found `body`",
                "a.jsonl:5:1: invalid type: sequence, expected a map, expected a JSON object",
                "a.jsonl:6:7: EOF while parsing an object, expected a JSON object",
                "a.jsonl:7:7: expected value, expected a JSON object",
            ]
        );
    }
}
