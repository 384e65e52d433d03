// Who is calling, for a Rust app behind Seaworthy. The crates that it takes are in Cargo.toml.
use jsonwebtoken::{decode, decode_header, jwk::JwkSet, Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use tiny_http::{Header, Request, Response, Server};

#[derive(Deserialize)]
struct Caller {
    email: String,
    role: String,
    permissions: Vec<String>,
}

fn caller(request: &Request, keys: &mut JwkSet) -> Option<Caller> {
    let field = request.headers().iter().find(|header| header.field.equiv("X-Seaworthy-Identity"))?;
    let token = field.value.as_str();
    let head = decode_header(token).ok()?;
    if head.typ.as_deref() != Some("seaworthy-identity+jwt") {
        return None;
    }
    let kid = head.kid?;
    if keys.find(&kid).is_none() {
        let address = std::env::var("SEAWORTHY_URL").ok()? + "/seaworthy/identity-keys";
        *keys = ureq::get(&address).call().ok()?.into_json().ok()?;
    }
    let key = DecodingKey::from_jwk(keys.find(&kid)?).ok()?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&["app"]);
    rules.set_required_spec_claims(&["aud", "exp", "nbf"]);
    rules.validate_nbf = true;
    rules.leeway = 0;
    decode(token, &key, &rules).ok().map(|who| who.claims)
}

fn main() {
    let port = std::env::var("PORT").expect("PORT");
    let server = Server::http(format!("127.0.0.1:{port}")).expect("a port that is free");
    let mut keys = JwkSet { keys: vec![] };
    for request in server.incoming_requests() {
        let (status, text) = match caller(&request, &mut keys) {
            _ if request.url() != "/me" => (404, String::new()),
            None => (401, String::new()),
            Some(who) if !who.permissions.iter().any(|name| name == "reports.read") => (403, String::new()),
            Some(who) => (200, serde_json::json!({ "email": who.email, "role": who.role }).to_string()),
        };
        let json: Header = "Content-Type: application/json".parse().expect("a header");
        let _ = request.respond(Response::from_string(text).with_status_code(status).with_header(json));
    }
}
