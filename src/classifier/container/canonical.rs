//! The one way to write a JSON value.

use serde_json::Value;

/// Deeper values are refused, so that no value can exhaust the stack.
const DEPTH: usize = 64;

/// A value that has no canonical form, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) path: String,
    pub(super) found: &'static str,
}

/// Compact JSON with sorted keys; integers, strings, booleans, arrays and objects only.
///
/// Keys are sorted here, for the order inside `Value` depends on a feature of `serde_json` that any other
/// crate may switch on.
pub(super) fn canonical(value: &Value) -> Result<String, Misfit> {
    let mut text = String::new();
    append(&mut text, value, &mut Vec::new())?;
    Ok(text)
}

/// `text` as a JSON string, quotes included.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn append(text: &mut String, value: &Value, path: &mut Vec<String>) -> Result<(), Misfit> {
    if path.len() >= DEPTH {
        return Err(misfit(path, "a value nested too deeply"));
    }
    match value {
        Value::Null => return Err(misfit(path, "null")),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            text.push_str(&number.to_string());
        }
        Value::Number(_) => return Err(misfit(path, "a number that is not an integer")),
        Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Array(items) => append_array(text, items, path)?,
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            append_object(text, &entries, path)?;
        }
    }
    Ok(())
}

fn append_array(text: &mut String, items: &[Value], path: &mut Vec<String>) -> Result<(), Misfit> {
    text.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        path.push(index.to_string());
        append(text, item, path)?;
        path.pop();
    }
    text.push(']');
    Ok(())
}

fn append_object(
    text: &mut String,
    entries: &[(&String, &Value)],
    path: &mut Vec<String>,
) -> Result<(), Misfit> {
    text.push('{');
    for (index, (key, item)) in entries.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&quoted(key));
        text.push(':');
        path.push((*key).clone());
        append(text, item, path)?;
        path.pop();
    }
    text.push('}');
    Ok(())
}

fn misfit(path: &[String], found: &'static str) -> Misfit {
    let mut path = path.join(".");
    if path.is_empty() {
        path.push_str("the value itself");
    }
    Misfit { path, found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_json_is_sorted_and_compact() {
        let value = json!({"b": [1, -2, true, "é\n\""], "a": {"z": "", "y": {}}});
        let expected = r#"{"a":{"y":{},"z":""},"b":[1,-2,true,"é\n\""]}"#;
        assert_eq!(canonical(&value).unwrap(), expected);
    }

    #[test]
    fn values_without_a_canonical_form_are_named() {
        let deep = (0..100).fold(json!(1), |value, _| json!([value]));
        for (value, path, found) in [
            (
                json!({"alpha": 0.5}),
                "alpha",
                "a number that is not an integer",
            ),
            (json!({"a": [1, null]}), "a.1", "null"),
            (json!(null), "the value itself", "null"),
            (
                deep,
                ["0"; 64].join(".").as_str(),
                "a value nested too deeply",
            ),
        ] {
            assert_eq!(
                canonical(&value),
                Err(Misfit {
                    path: path.into(),
                    found
                })
            );
        }
    }
}
