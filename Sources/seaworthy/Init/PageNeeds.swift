import Foundation
import Gateway

/// What pages have in them that the strict Content-Security-Policy would block: read from their HTML, a guess.
///
/// What scripts add later can't be seen here, nor pages that nobody asked for.
struct PageNeeds: Equatable {
    /// How many HTML pages were looked at.
    private(set) var pages = 0
    /// What was found, in the order in which it was: `inline scripts`, `images from cdn.example`, …
    private(set) var findings: [String] = []

    /// Whether the strict policy would fit everything that was seen.
    var fitsStrictPolicy: Bool { pages > 0 && findings.isEmpty }

    /// Where the strict policy is named and set.
    static let enforceKey = "protection.headers.content-security-policy.mode"

    mutating func look(at answer: PlainClient.Answer, authority: String) {
        guard answer.first("content-type")?.lowercased().hasPrefix("text/html") == true else { return }
        pages += 1
        let html = answer.body
        for match in html.matches(of: /<([A-Za-z]+)((?:"[^"]*"|'[^']*'|[^"'>])*)>/).prefix(5_000) {
            look(at: String(match.output.1).lowercased(), String(match.output.2), authority: authority)
        }
        if hasInlineScript(html) {
            note("inline scripts")
        }
    }

    private func hasInlineScript(_ html: String) -> Bool {
        html.matches(of: /<script([^>]*)>/.ignoresCase()).contains { match in
            let attributes = match.output.1
            let isData = attributes.contains(
                /type\s*=\s*["']?(?:application\/(?:ld\+)?json|text\/(?!javascript))/.ignoresCase())
            return !isData && !attributes.contains(/\ssrc\s*=/.ignoresCase())
        }
    }

    private mutating func look(at tag: String, _ attributes: String, authority: String) {
        if attributes.contains(/(?:^|\s)on[a-z]+\s*=/.ignoresCase()) {
            note("event handlers such as onclick in attributes")
        }
        if attributes.contains(/=\s*["']?\s*javascript:/.ignoresCase()) { note("javascript: links") }
        let kind: String
        switch tag {
        case "script": kind = "scripts"
        case "link":
            guard attributes.contains(/rel\s*=\s*["']?[^"'>]*(?:stylesheet|icon|preload|manifest)/.ignoresCase()) else {
                return
            }
            kind = "styles or icons"
        case "img", "source", "picture": kind = "images"
        case "video", "audio": kind = "media"
        case "iframe", "frame": kind = "frames"
        case "form": kind = "forms"
        case "object", "embed", "applet": return note("plugins (\(tag))")
        default: return
        }
        let pattern = /(?:^|\s)(?:src|href|action|srcset)\s*=\s*["']?\s*(?:https?:)?\/\/([A-Za-z0-9.\-:\[\]]{1,200})/
            .ignoresCase()
        if let host = attributes.firstMatch(of: pattern)?.output.1, host.lowercased() != authority.lowercased() {
            note(tag == "form" ? "forms that go to \(host)" : "\(kind) from \(host)")
        }
    }

    private mutating func note(_ finding: String) {
        if findings.count < 6, !findings.contains(finding) { findings.append(finding) }
    }
}
