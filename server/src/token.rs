//! `weft token`: mints an access token or a share link.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::Rng;

use crate::access::claims::{Audience, Claims, Documents, NumericDate, Role};
use crate::access::mint;
use crate::config::Token;

/// Prints the token, or the link that carries it.
///
/// # Errors
/// What is wrong with the key or with what the token is to say.
pub fn print(wanted: &Token) -> anyhow::Result<()> {
    let documents = wanted.documents.iter().map(|text| entry(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let (first, _) = documents.first().cloned().context("--document NAME=ROLE says what the token opens")?;
    let now = now_seconds();
    let seconds = |seconds: u64| NumericDate(f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)));
    let claims = Claims {
        sub: wanted.sub.clone(),
        name: wanted.name.clone(),
        iat: Some(seconds(now)),
        exp: Some(seconds(now + wanted.expires)),
        jti: Some(format!("{:032x}", rand::rng().random::<u128>())),
        aud: wanted.audience.clone().map(Audience::One),
        documents: Documents(documents.into_iter().collect()),
        ..Claims::default()
    };
    let key = read_key(&wanted.auth_key)?;
    let token =
        mint::mint(&claims, &key, wanted.kid.clone()).map_err(|why| anyhow::anyhow!("--auth-key: {why}"))?;
    match &wanted.link {
        None => println!("{token}"),
        Some(base) => {
            let name = utf8_percent_encode(&first, NON_ALPHANUMERIC);
            println!("{}/d/{name}?token={token}", base.trim_end_matches('/'));
        }
    }
    Ok(())
}

fn entry(text: &str) -> anyhow::Result<(String, Role)> {
    let split = text.rsplit_once('=').filter(|(name, _)| !name.is_empty());
    let (name, role) =
        split.with_context(|| format!("--document {text}: write NAME=ROLE, such as team/*=write"))?;
    let role = role.parse().map_err(|why| anyhow::anyhow!("--document {text}: {why}"))?;
    Ok((name.to_owned(), role))
}

fn read_key(value: &str) -> anyhow::Result<Vec<u8>> {
    if !value.starts_with("-----BEGIN") && Path::new(value).is_file() {
        return std::fs::read(value).with_context(|| format!("--auth-key {value}"));
    }
    Ok(value.as_bytes().to_vec())
}

#[allow(clippy::disallowed_methods)] // a command of its own, which reads the time once
fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
