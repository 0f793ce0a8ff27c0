//! Reports: what comes from outside stays text in each of them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use base64::prelude::{BASE64_STANDARD, Engine};
use html5gum::{DefaultEmitter, Token, Tokenizer};
use pulldown_cmark::{Event, Options, Parser};
use purport::article::{Format, Input, ReadOptions, read};
use purport::classifier::train::{TrainParams, train};
use purport::classifier::{Classifier, Context, Rule};
use purport::corpus::{Corpus, CorpusOptions};
use purport::evaluation::compare::Comparison;
use purport::evaluation::{Evaluation, EvaluationParams, Judged};
use purport::report::{
    ScoredPage, Style, comparison_html, comparison_markdown, comparison_terminal, html, json,
    markdown, printable, terminal,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Bytes;

/// Draws of the bootstrap: how they turn out is no matter of reports, and a thousand took all the time.
const RESAMPLES: usize = 20;

/// Labels, names, texts and scores from outside in every report: pages are well-formed and show them as text, JSON
/// follows its schema and has them exactly, Markdown has no element of theirs, a terminal gets nothing that moves
/// its cursor.
pub(crate) fn report(bytes: &[u8]) {
    let mut pieces = bytes.split(|b| *b == 0xFF);
    let mut numbers = Bytes(pieces.next().unwrap_or_default());
    let texts: Vec<String> = pieces
        .map(|piece| String::from_utf8_lossy(piece).into_owned())
        .collect();
    match numbers.next() % 4 {
        0 => trained(&mut numbers, &texts),
        1 => scored(&mut numbers, &texts),
        _ => judged(&mut numbers, &texts),
    }
}

fn piece(texts: &[String], at: usize) -> &str {
    texts.get(at).map_or("", String::as_str)
}

/// An evaluation of given scores: any labels, any probabilities.
fn judged(numbers: &mut Bytes<'_>, texts: &[String]) {
    let mut labels: Vec<String> = texts.iter().take(1 + numbers.below(6)).cloned().collect();
    labels.extend(["none".to_owned(), "x".to_owned()]);
    labels.sort();
    labels.dedup();
    let scale = [0.0, 1e-320, 1e-9, 0.5, 1.0];
    let rows: Vec<(usize, u32, Vec<f64>)> = (0..u32::from(numbers.next() % 40))
        .map(|row| {
            let p: Vec<f64> = labels.iter().map(|_| scale[numbers.below(5)]).collect();
            let sum: f64 = p.iter().sum::<f64>().max(1e-300);
            let p = p.iter().map(|p| (p / sum).min(1.0)).collect();
            (numbers.below(labels.len()), row / 3, p)
        })
        .collect();
    let strange = piece(texts, 6);
    let rows: Vec<Judged<'_>> = rows
        .iter()
        .map(|(gold, article, probabilities)| Judged {
            gold: if *gold == 0 { strange } else { &labels[*gold] },
            article: *article,
            probabilities,
            seen: article % 5 == 4,
        })
        .collect();
    let params = EvaluationParams {
        always_label: numbers.below(2) == 0,
        resamples: RESAMPLES,
        ..EvaluationParams::default()
    };
    let mut evaluation = Evaluation::of_rows("model", &labels, &rows, &params);
    evaluation.files = texts.to_vec();
    evaluation.notes.extend(texts.iter().cloned());
    every_report(&evaluation, &[]);
}

/// A model trained on the texts and labels, judged on them and compared with another.
fn trained(numbers: &mut Bytes<'_>, texts: &[String]) {
    let data = rows(texts);
    let Ok(corpus) =
        Corpus::from_csv_bytes(piece(texts, 0), data.as_bytes(), &CorpusOptions::default())
    else {
        return;
    };
    let (Some(a), Some(b)) = (model(&corpus, 0.3), model(&corpus, 30.0)) else {
        return;
    };
    let params = EvaluationParams {
        context: [Context::None, Context::Chain][numbers.below(2)],
        slices: vec!["article".to_owned()],
        resamples: RESAMPLES,
        ..EvaluationParams::default()
    };
    let evaluation = Evaluation::of(&a, &corpus, &params);
    let shown: Vec<&str> = evaluation
        .mistakes
        .iter()
        .map(|m| m.sentence.text.as_str())
        .collect();
    every_report(&evaluation, &shown);
    let comparison = Comparison::of((piece(texts, 1), &a), ("b", &b), &corpus, &params);
    page(&comparison_html(&comparison));
    no_elements(&comparison_markdown(&comparison));
    harmless(&comparison_terminal(&comparison, Style { color: false }));
    let made: Value = serde_json::from_str(&json(&comparison)).unwrap();
    assert_eq!(made["labels"], Value::from(comparison.labels));
}

/// A page of articles, scored by a model with labels from outside.
fn scored(numbers: &mut Bytes<'_>, texts: &[String]) {
    let data = rows(texts);
    let Ok(corpus) = Corpus::from_csv_bytes("x", data.as_bytes(), &CorpusOptions::default()) else {
        return;
    };
    let Some(classifier) = model(&corpus, 0.3) else {
        return;
    };
    let rule = Rule {
        min_confidence: [0.0, 0.6][numbers.below(2)],
        always_label: numbers.below(2) == 0,
    };
    let mut made = ScoredPage::new(&classifier, Context::Chain, rule, 3);
    for (text, format) in texts
        .iter()
        .zip([Format::Text, Format::Html, Format::Markdown])
    {
        let options = ReadOptions {
            format: Some(format),
            ..ReadOptions::default()
        };
        let Ok(Input { articles, .. }) = read("x", text.as_bytes(), &options) else {
            continue;
        };
        for article in &articles {
            let sentences: Vec<&str> = article.texts().collect();
            let scores = classifier.scorer().score(&sentences, Context::Chain);
            made.add(text, article, &scores);
        }
    }
    page(&made.render());
}

/// Labelled rows: the first two texts are labels, the third an article, the others sentences.
fn rows(texts: &[String]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let labels = ["yes", "no"].map(str::to_owned);
    let label = |at: usize| match texts.get(at % 2) {
        Some(label) if !label.trim().is_empty() => label.clone(),
        _ => labels[at % 2].clone(),
    };
    let mut data = "article,label,text\n".to_owned();
    let own = ["One two.", "Three four.", "Five."].map(str::to_owned);
    for (row, text) in own.iter().chain(texts.iter().skip(3)).take(12).enumerate() {
        let article = format!("{}{}", piece(texts, 2), row / 3);
        data.push_str(&format!(
            "{},{},{}\n",
            quoted(&article),
            quoted(&label(row)),
            quoted(text)
        ));
    }
    data
}

fn model(corpus: &Corpus, alpha: f64) -> Option<Classifier> {
    corpus.check_trainable().ok()?;
    let params = TrainParams {
        alpha,
        calibration: false,
        chain: false,
        ..TrainParams::default()
    };
    Some(train(corpus, &params).ok()?.classifier)
}

fn every_report(evaluation: &Evaluation, shown: &[&str]) {
    let made = html(evaluation);
    let visible = page(&made);
    let labels = evaluation.labels.iter().map(|l| l.replace('_', " "));
    for label in labels.filter(|l| l.chars().count() <= 28) {
        contains(&visible, &label);
    }
    for text in shown.iter().filter(|t| t.chars().count() <= 200) {
        contains(&visible, text);
    }
    no_elements(&markdown(evaluation));
    harmless(&terminal(evaluation, Style { color: false }));
    let made = json(evaluation);
    follows_schema(&made);
    let read: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(read["labels"], Value::from(evaluation.labels.clone()));
    assert_eq!(read["files"], Value::from(evaluation.files.clone()));
}

/// A page has this text among what it shows.
fn contains(visible: &str, text: &str) {
    let as_shown = printable(&text.replace(['\t', '\r', '\n'], " "));
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    assert!(
        plain(visible).contains(&plain(&as_shown)),
        "{as_shown:?} is not shown in {visible:?}"
    );
}

const VOID: [&str; 6] = ["meta", "br", "hr", "col", "input", "wbr"];

/// A page is well-formed, of elements and attributes that templates of ours have; gives what it shows.
fn page(page: &str) -> String {
    let own = own_names();
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut open: Vec<String> = Vec::new();
    let (mut visible, mut attributes) = (String::new(), String::new());
    for token in Tokenizer::new_with_emitter(page, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8(tag.name.0.clone()).unwrap();
                assert!(own.contains(&name), "an element <{name}> in the page");
                for (attribute, value) in &tag.attributes {
                    let attribute = String::from_utf8_lossy(attribute).into_owned();
                    let known = ["aria-", "data-", "fill", "stroke", "font"]
                        .iter()
                        .any(|start| attribute.starts_with(start));
                    assert!(
                        known || own.contains(&format!("={attribute}")),
                        "an attribute {attribute} of <{name}>"
                    );
                    if attribute == "href" {
                        assert!(value.value.starts_with(b"#"), "a link that leads out");
                    }
                    attributes.push_str(&String::from_utf8_lossy(&value.value));
                }
                if !tag.self_closing && !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8(tag.name.0.clone()).unwrap();
                assert_eq!(open.pop(), Some(name), "an element that is not open ends");
            }
            Token::String(text) => match open.last().map(String::as_str) {
                Some("style" | "script") => allowed(page, &text),
                _ => visible.push_str(std::str::from_utf8(&text).unwrap()),
            },
            Token::Comment(_) => panic!("a comment"),
            Token::Error(error) => panic!("not well-formed: {error:?}"),
            Token::Doctype(_) => {}
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    harmless(page);
    visible + &attributes
}

/// The policy of the page lets this style or script through.
fn allowed(page: &str, text: &[u8]) {
    let hash = BASE64_STANDARD.encode(Sha256::digest(text));
    assert!(page.contains(&format!("'sha256-{hash}'")), "not allowed");
}

/// Names of elements, and of attributes behind `=`, that our templates have.
fn own_names() -> &'static BTreeSet<String> {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        "html head meta title style script body form label input select option button output blockquote br fieldset legend a header main section article footer nav ul ol li h1 h2 h3 h4 p div span \
         strong em b i code table caption thead tbody tr th td dl dt dd details summary figure figcaption mark small \
         svg g path rect line circle text tspan polyline polygon desc \
         =lang =charset =http-equiv =content =name =class =id =href =title =dir =scope =style =colspan =rowspan \
         =role =hidden =for =type =value =checked =selected =min =max =step =placeholder =autocomplete =open =tabindex =xmlns =viewbox =width =height =x =y =x1 =y1 =x2 =y2 =cx =cy =r =rx =d =points \
         =text-anchor =transform =dominant-baseline =preserveaspectratio =dx =dy"
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    })
}

/// Nothing in it moves a cursor, rings, or turns a line around.
fn harmless(text: &str) {
    for line in text.split('\n') {
        assert!(printable(line) == line, "{line:?}");
    }
}

/// Markdown without elements, links and pictures beside the folding of the list of mistakes.
fn no_elements(text: &str) {
    harmless(text);
    let all = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut rules = 0;
    for event in Parser::new_ext(text, all) {
        match event {
            Event::Html(element) | Event::InlineHtml(element) => {
                let element = element.trim();
                assert!(
                    element.starts_with("<details><summary>") || element == "</details>",
                    "{element:?} in Markdown"
                );
            }
            Event::Start(pulldown_cmark::Tag::Link { .. } | pulldown_cmark::Tag::Image { .. }) => {
                panic!("a link in {text:?}")
            }
            Event::Start(pulldown_cmark::Tag::Heading { .. }) => rules += 1,
            _ => {}
        }
    }
    assert_eq!(rules, 1, "headings in {text:?}");
}

/// JSON as `docs/report.schema.json` has it.
fn follows_schema(text: &str) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let schema = include_str!("../../docs/report.schema.json");
        jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
    });
    let value: Value = serde_json::from_str(text).unwrap();
    if let Err(error) = schema.validate(&value) {
        panic!("{error} at {}", error.instance_path());
    }
}
