/// Makes evidence out of a request and its answer, without the secrets in either.
///
/// A known secret (a password, the value of a session's cookie) becomes `‹name›`, and `"$NAME"` in the curl line, so
/// that the line still works for who knows it.
struct Redactor: Sendable {
    private(set) var secrets: [(value: String, name: String)] = []

    mutating func learn(_ value: String, as name: String) {
        guard value.count >= 4, !secrets.contains(where: { $0.value == value }) else { return }
        let plain = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        secrets.append((value, String(plain)))
        secrets.sort { $0.value.count > $1.value.count }
    }

    func redact(_ text: String) -> String {
        var out = text
        for secret in secrets {
            out = out.replacing(secret.value, with: "‹\(secret.name)›")
            let encoded = formEncoded(secret.value)
            if encoded != secret.value { out = out.replacing(encoded, with: "‹\(secret.name)›") }
        }
        return out
    }

    func evidence(_ request: ProbeRequest, to site: SiteURL, answer: Answer) -> Evidence {
        var excerpt = redact(visible(text(of: answer.body.prefix(2_048)), limit: 400, keepingLines: true))
        if answer.first("content-encoding") != nil { excerpt = "(\(answer.bodyBytes) encoded bytes)" }
        if answer.ending != .complete { excerpt += "\n(\(describe(answer.ending)) after \(answer.bodyBytes) bytes)" }
        return Evidence(
            request: line(request), requestHeaders: headers(request, to: site),
            response: visible("\(answer.version) \(answer.status) \(answer.reason)", limit: 100),
            responseHeaders: answer.fields.prefix(40).map { redact(shown($0)) }, excerpt: excerpt,
            curl: curl(request, to: site))
    }

    func evidence(_ request: ProbeRequest, to site: SiteURL, failure: String) -> Evidence {
        Evidence(
            request: line(request), requestHeaders: headers(request, to: site), response: visible(failure),
            responseHeaders: [], excerpt: "", curl: curl(request, to: site))
    }

    private func describe(_ ending: Answer.Ending) -> String {
        switch ending {
        case .complete: "complete"
        case .cutByUs(let why): "cut off by us: \(why)"
        case .brokenOff: "broken off by the server"
        }
    }

    private func line(_ request: ProbeRequest) -> String {
        redact(visible("\(request.method) \(request.targetText) HTTP/1.1", limit: 300))
    }

    private func headers(_ request: ProbeRequest, to site: SiteURL) -> [String] {
        [visible("Host: \(request.host ?? site.authority)", limit: 200)]
            + request.fields.prefix(40).map { redact(shown($0)) }
    }

    private func shown(_ field: HeaderField) -> String {
        let name = field.name.lowercased()
        if name == "set-cookie" {
            let value = field.value.prefix { $0 != ";" }
            let key = value.prefix { $0 != "=" }
            let rest = field.value.dropFirst(value.count)
            return visible(
                "\(field.name): \(key)=‹\(max(0, value.count - key.count - 1)) characters›\(rest)", limit: 300)
        }
        if name == "authorization" || name == "proxy-authorization" { return visible("\(field.name): ‹redacted›") }
        if name == "cookie", !secrets.contains(where: { field.value.contains($0.value) }) {
            return visible("\(field.name): ‹redacted›")
        }
        return visible("\(field.name): \(field.value)", limit: 600)
    }

    /// `curl` with exactly this method, target, Host, fields and body.
    func curl(_ request: ProbeRequest, to site: SiteURL) -> String {
        var words = ["curl", "-si", "--path-as-is"]
        if site.scheme == .https { words[1] = "-sik" }
        if request.method == "HEAD" {
            words.append("-I")
        } else if request.method != "GET" || request.body != .none {
            words += ["-X", quoted(request.method)]
        }
        if let host = request.host { words += ["-H", quoted("Host: \(host)")] }
        for field in request.fields { words += ["-H", quoted("\(field.name): \(field.value)")] }
        var before = ""
        switch request.body {
        case .none: break
        case .bytes(let bytes):
            let body = String(validating: bytes, as: UTF8.self)
            if let body, body.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0.value == 0x0A || $0.value == 0x0D }) {
                words += ["--data-binary", quoted(body)]
            } else {
                let octal = bytes.prefix(4_096).map { byte in
                    let digits = String(byte, radix: 8)
                    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
                }
                before = "printf '\(octal.joined())' | "
                words += ["--data-binary", "@-"]
            }
        case .filler(_, let count, let chunked):
            before = "head -c \(count) /dev/zero | tr '\\0' a | "
            if chunked { words += ["-H", quoted("Transfer-Encoding: chunked")] }
            words += ["--data-binary", "@-"]
        }
        words.append(quoted(site.origin + request.targetText))
        return before + words.joined(separator: " ")
    }

    /// In single quotes, secrets as variables in double quotes between them, control characters as `$'…'`.
    private func quoted(_ text: String) -> String {
        var out = visible(text, limit: 2_000, keepingLines: true).replacing("'", with: "'\\''")
        for secret in secrets {
            let escaped = secret.value.replacing("'", with: "'\\''")
            out = out.replacing(escaped, with: "'\"$\(secret.name)\"'")
            let encoded = formEncoded(secret.value)
            if encoded != secret.value { out = out.replacing(encoded, with: "'\"$\(secret.name)\"'") }
        }
        return "'\(out)'"
    }
}
