//! Gates: figures that must not be missed, by themselves or against an earlier report.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use super::figure::Figure;
use super::measure::less_is_better;

/// What a figure has to reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Name of the figure, as in `macro_f1` or `recall.skepticism`.
    pub name: String,
    /// The bound: at least this, or at most for figures of which less is better.
    pub bound: Bound,
}

/// A value, or a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A value of the figure.
    Value(f64),
    /// A change against the baseline, in the figure's own units; written with a sign.
    Change(f64),
}

/// A gate that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("wanted a figure and a number, such as macro_f1=0.7, or a change such as macro_f1=-0.01")]
pub struct GateSyntax;

impl FromStr for Gate {
    type Err = GateSyntax;

    /// `NAME=V`; V with a sign is a change against the baseline.
    fn from_str(text: &str) -> Result<Self, GateSyntax> {
        let (name, value) = text.rsplit_once('=').ok_or(GateSyntax)?;
        let number: f64 = value.trim().parse().map_err(|_| GateSyntax)?;
        if name.trim().is_empty() || !number.is_finite() {
            return Err(GateSyntax);
        }
        Ok(Self {
            name: name.trim().to_owned(),
            bound: if value.trim().starts_with(['+', '-']) {
                Bound::Change(number)
            } else {
                Bound::Value(number)
            },
        })
    }
}

/// How a gate was met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateResult {
    /// Name of the figure.
    pub name: String,
    /// The least value allowed (the greatest, where less is better).
    pub wanted: f64,
    /// The value found.
    pub found: Option<f64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The value in the baseline, if the gate is against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Whether it was reached.
    pub met: bool,
    /// By how much it was missed; 0 if it was met, `None` if the figure is undefined.
    pub missed_by: Option<f64>,
}

/// A gate that cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GateError {
    /// No such figure.
    #[error("--gate {name}: no such figure")]
    UnknownFigure {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A change without a report to change from.
    #[error("--gate {name}: a change is measured against a report")]
    NoBaseline {
        /// The name.
        name: String,
    },
    /// The baseline lacks the figure.
    #[error("the baseline has no value of `{name}`")]
    NotInBaseline {
        /// The name.
        name: String,
    },
    /// The baseline is something else.
    #[error("not a report of `purport eval --format json`: {0}")]
    NotAReport(String),
}

/// The figures of an earlier JSON report.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    figures: BTreeMap<String, Option<f64>>,
    /// SHA-256 of the rows it was made on, if it says.
    pub data_sha256: Option<String>,
}

impl Baseline {
    /// Reads a JSON report.
    ///
    /// # Errors
    ///
    /// [`GateError::NotAReport`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, GateError> {
        let wrong = |problem: &str| GateError::NotAReport(problem.to_owned());
        let report: Value = serde_json::from_slice(bytes).map_err(|e| wrong(&e.to_string()))?;
        let schema = report["schema"]
            .as_str()
            .ok_or_else(|| wrong("no `schema`"))?;
        if schema != super::SCHEMA {
            return Err(GateError::NotAReport(format!(
                "its schema is `{schema}`, this version reads `{}`",
                super::SCHEMA
            )));
        }
        let mut figures = BTreeMap::new();
        let fields = report.as_object().into_iter().flatten();
        for (name, figure) in fields.filter(|(_, value)| is_figure(value)) {
            figures.insert(name.clone(), figure["value"].as_f64());
        }
        for (kind, mean) in report["averages"].as_object().into_iter().flatten() {
            for (of, figure) in mean.as_object().into_iter().flatten() {
                figures.insert(format!("{kind}_{of}"), figure["value"].as_f64());
            }
        }
        for of in report["by_label"].as_array().into_iter().flatten() {
            let label = of["label"].as_str().unwrap_or_default();
            let fields = of.as_object().into_iter().flatten();
            for (name, figure) in fields.filter(|(_, value)| is_figure(value)) {
                figures.insert(format!("{name}.{label}"), figure["value"].as_f64());
            }
        }
        Ok(Self {
            figures,
            data_sha256: report["data_sha256"].as_str().map(str::to_owned),
        })
    }
}

fn is_figure(value: &Value) -> bool {
    value.get("value").is_some()
}

/// The gates to apply: those asked for, and with a baseline also that no figure named gets worse
/// (of none named, `macro_f1`).
#[must_use]
pub fn gates(asked: &[Gate], against: Option<&Baseline>) -> Vec<Gate> {
    let mut gates = asked.to_vec();
    let is_change = |gate: &Gate| matches!(gate.bound, Bound::Change(_));
    if against.is_some() && !asked.iter().any(is_change) {
        let names: Vec<&str> = if asked.is_empty() {
            vec!["macro_f1"]
        } else {
            asked.iter().map(|gate| gate.name.as_str()).collect()
        };
        gates.extend(names.into_iter().map(|name| Gate {
            name: name.to_owned(),
            bound: Bound::Change(0.0),
        }));
    }
    gates
}

/// Holds `figures` against a gate.
///
/// # Errors
///
/// Every [`GateError`] but [`GateError::NotAReport`].
pub fn apply(
    gate: &Gate,
    figures: &BTreeMap<String, Figure>,
    baseline: Option<&Baseline>,
) -> Result<GateResult, GateError> {
    let name = gate.name.clone();
    let figure = figures.get(&name).ok_or_else(|| GateError::UnknownFigure {
        name: name.clone(),
        known: figures.keys().cloned().collect(),
    })?;
    let (wanted, before) = match gate.bound {
        Bound::Value(value) => (value, None),
        Bound::Change(change) => {
            let baseline = baseline.ok_or_else(|| GateError::NoBaseline { name: name.clone() })?;
            let before = baseline.figures.get(&name).copied().flatten();
            let before = before.ok_or_else(|| GateError::NotInBaseline { name: name.clone() })?;
            (before + change, Some(before))
        }
    };
    let missed_by = figure.value.map(|found| {
        let short = if less_is_better(&name) {
            found - wanted
        } else {
            wanted - found
        };
        // A report's decimals are exact; only the sum of baseline and change is rounded.
        if short > 1e-12 { short } else { 0.0 }
    });
    Ok(GateResult {
        wanted,
        found: figure.value,
        reason: figure.reason.map(|reason| reason.to_string()),
        baseline: before,
        met: missed_by == Some(0.0),
        missed_by,
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Undefined;

    fn figures() -> BTreeMap<String, Figure> {
        BTreeMap::from([
            ("macro_f1".to_owned(), Figure::new(Ok(0.7), None)),
            ("log_loss".to_owned(), Figure::new(Ok(0.5), None)),
            (
                "recall.x".to_owned(),
                Figure::new(Err(Undefined::NotInData), None),
            ),
        ])
    }

    fn result(text: &str) -> Result<GateResult, GateError> {
        let baseline = Baseline::from_json(
            br#"{"schema": "purport-report/1", "macro_f1": {"value": 0.71}, "by_label": []}"#,
        )
        .unwrap();
        apply(&text.parse().unwrap(), &figures(), Some(&baseline))
    }

    #[test]
    fn a_gate_says_by_how_much_it_was_missed() {
        assert!(result("macro_f1=0.7").unwrap().met);
        let missed = result("macro_f1=0.75").unwrap();
        assert!(!missed.met);
        approx::assert_abs_diff_eq!(missed.missed_by.unwrap(), 0.05, epsilon = 1e-12);
    }

    #[test]
    fn a_loss_is_bounded_from_above() {
        assert!(result("log_loss=0.6").unwrap().met);
        assert!(!result("log_loss=0.4").unwrap().met);
    }

    #[test]
    fn an_undefined_figure_misses_its_gate() {
        let missed = result("recall.x=0.1").unwrap();
        assert!(!missed.met);
        assert_eq!(missed.reason.as_deref(), Some("no row has this label"));
    }

    #[test]
    fn a_signed_bound_is_a_change_from_the_baseline() {
        assert!(result("macro_f1=-0.01").unwrap().met);
        assert!(!result("macro_f1=-0.005").unwrap().met);
        assert!(!result("macro_f1=+0").unwrap().met);
        assert_eq!(
            result("log_loss=-0.1"),
            Err(GateError::NotInBaseline {
                name: "log_loss".to_owned()
            })
        );
        let alone = apply(&"macro_f1=-0.1".parse().unwrap(), &figures(), None);
        assert!(matches!(alone, Err(GateError::NoBaseline { .. })));
    }

    #[test]
    fn a_baseline_alone_guards_macro_f1() {
        let baseline = Baseline::from_json(br#"{"schema": "purport-report/1"}"#).unwrap();
        let guarded = gates(&[], Some(&baseline));
        assert_eq!(guarded[0].name, "macro_f1");
        assert_eq!(guarded[0].bound, Bound::Change(0.0));
        let absolute: Gate = "accuracy=0.5".parse().unwrap();
        assert_eq!(
            gates(std::slice::from_ref(&absolute), None),
            std::slice::from_ref(&absolute)
        );
        assert_eq!(gates(&[absolute], Some(&baseline)).len(), 2);
    }

    #[test]
    fn other_files_are_no_baseline() {
        for bytes in [&b"text,label"[..], b"{}", br#"{"schema": "x/2"}"#] {
            assert!(matches!(
                Baseline::from_json(bytes),
                Err(GateError::NotAReport(_))
            ));
        }
        assert!("macro_f1".parse::<Gate>().is_err());
        assert!("=1".parse::<Gate>().is_err());
        assert!("a=nan".parse::<Gate>().is_err());
    }
}
