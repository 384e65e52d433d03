import Foundation

/// Looks for secrets in the bytes of a file: the formats of known issuers, private keys, and values with much entropy
/// that are assigned to names such as `password`.
enum SecretScan {
    /// A format that an issuer gives its secrets.
    struct Format: Sendable {
        var name: String
        var prefix: [UInt8]
        /// Least and most characters after the prefix.
        var length: ClosedRange<Int>
        /// Also `-`, `_` and `.` after the prefix.
        var hasMarks: Bool
        /// Also what base64 and addresses have: `/`, `+`, `=`.
        var hasSlash: Bool { prefix.last == 0x54 || prefix.last == 0x3D }
        /// Whether the rest is upper case and digits only.
        var isUpper = false

        init(_ name: String, _ prefix: String, _ length: ClosedRange<Int>, marks: Bool = false, upper: Bool = false) {
            self.name = name
            self.prefix = Array(prefix.utf8)
            self.length = length
            hasMarks = marks
            isUpper = upper
        }
    }

    static let formats: [Format] = [
        Format("an access key of AWS", "AKIA", 16...16, upper: true),
        Format("a temporary key of AWS", "ASIA", 16...16, upper: true),
        Format("a token of GitHub", "ghp_", 36...251), Format("a token of GitHub", "gho_", 36...251),
        Format("a token of GitHub", "ghs_", 36...251), Format("a token of GitHub", "ghu_", 36...251),
        Format("a token of GitHub", "github_pat_", 60...251, marks: true),
        Format("a token of GitLab", "glpat-", 20...60, marks: true),
        Format("a token of Slack", "xoxb-", 24...251, marks: true),
        Format("a token of Slack", "xoxp-", 24...251, marks: true),
        Format("a live key of Stripe", "sk_live_", 20...251), Format("a live key of Stripe", "rk_live_", 20...251),
        Format("an API key of Google", "AIza", 35...35, marks: true), Format("a token of npm", "npm_", 36...36),
        Format("a token of PyPI", "pypi-AgEI", 50...500, marks: true),
        Format("a key of SendGrid", "SG.", 60...75, marks: true),
        Format("a token of DigitalOcean", "dop_v1_", 64...64),
        Format("a key of OpenAI", "sk-proj-", 40...251, marks: true),
        Format("a key of Anthropic", "sk-ant-", 60...251, marks: true),
        Format("a token of Hugging Face", "hf_", 34...40),
        Format("a token of Shopify", "shpat_", 32...32),
        Format("a secret of age", "AGE-SECRET-KEY-1", 50...70, upper: true),
        Format("a token of crates.io", "cio", 32...32),
        Format("a secret of Google's sign-in", "GOCSPX-", 24...40, marks: true),
        Format("an app token of Slack", "xapp-", 40...251, marks: true),
        Format("a signing secret of Stripe", "whsec_", 32...64),
        Format("a token of Databricks", "dapi", 32...34, marks: true),
        Format("a token of HashiCorp Vault", "hvs.", 24...251, marks: true),
        Format("a token of Grafana", "glsa_", 40...60), Format("a key of New Relic", "NRAK-", 27...27, upper: true),
        Format("a key of Postman", "PMAK-", 50...70, marks: true), Format("a key of Linear", "lin_api_", 32...48),
        Format("a runner's token of GitLab", "glrt-", 20...60, marks: true),
        Format("a key of Groq", "gsk_", 48...60), Format("a token of Replicate", "r8_", 37...40),
        Format("a token of Doppler", "dp.pt.", 40...48), Format("a token of Supabase", "sbp_", 40...40),
        Format("a token of PlanetScale", "pscale_tkn_", 32...64, marks: true),
        Format("a token of Square", "sq0csp-", 40...48, marks: true),
        Format("a webhook's address at Slack", "hooks.slack.com/services/T", 30...80, marks: true),
        Format("a key of Azure's storage", "AccountKey=", 86...90, marks: true),
    ]

    private static let byFirst: [[Format]] = {
        var table = [[Format]](repeating: [], count: 256)
        for format in formats { if let first = format.prefix.first { table[Int(first)].append(format) } }
        return table
    }()
    /// 0: nothing begins here; 1: a format may; 2: `-` of a key block; 3: `:` or `=` of an assignment.
    private static let triggers: [UInt8] = (0..<256).map { byte in
        if !byFirst[byte].isEmpty { return 1 }
        return byte == 0x2D ? 2 : byte == 0x3D || byte == 0x3A ? 3 : 0
    }

    struct Sighting: Equatable {
        var place: Int
        var what: String
        var rule: String
    }

    /// What stands in the bytes, in order. `isProse` leaves out what only assigns (documents show examples); `isPlain`: a
    /// file of settings, where values need no quotes.
    static func sightings(_ bytes: [UInt8], isProse: Bool = false, isPlain: Bool = false) -> [Sighting] {
        var found: [Sighting] = []
        bytes.withUnsafeBufferPointer { buffer in
            triggers.withUnsafeBufferPointer { triggers in
                var index = 0
                let count = buffer.count
                while index < count {
                    let kind = triggers[Int(buffer[index])]
                    if kind == 0 {
                        index += 1
                        continue
                    }
                    let seen: Sighting? =
                        switch kind {
                        case 1: index > 0 && buffer[index - 1].isWord ? nil : known(bytes, index)
                        case 2: keyBlock(bytes, index)
                        default: isProse ? nil : assigned(bytes, index, isPlain: isPlain)
                        }
                    if let seen, found.count < 200 { found.append(seen) }
                    index += 1
                }
            }
        }
        return found
    }

    private static func known(_ bytes: [UInt8], _ place: Int) -> Sighting? {
        for format in byFirst[Int(bytes[place])]
        where bytes.count - place >= format.prefix.count + format.length.lowerBound {
            guard bytes[place..<(place + format.prefix.count)].elementsEqual(format.prefix) else { continue }
            let start = place + format.prefix.count
            var end = start
            while end < bytes.count, end - start <= format.length.upperBound, isOf(bytes[end], format) { end += 1 }
            guard format.length.contains(end - start) else { continue }
            let rest = Array(bytes[start..<end])
            guard entropy(rest) >= (format.isUpper ? 2.8 : 3.2), !isExample(bytes[place..<end]) else { continue }
            return Sighting(
                place: place, what: "\(format.name) (\(text(of: format.prefix))…)", rule: "secrets.known-format")
        }
        return nil
    }

    private static func isOf(_ byte: UInt8, _ format: Format) -> Bool {
        if format.isUpper { return byte.isDigit || (0x41...0x5A).contains(byte) }
        return byte.isDigit || byte.isLetterASCII || byte == 0x5F
            || (format.hasSlash && (byte == 0x2F || byte == 0x2B || byte == 0x3D))
            || (format.hasMarks && (byte == 0x2D || byte == 0x2E))
    }

    private static func keyBlock(_ bytes: [UInt8], _ place: Int) -> Sighting? {
        let begin = Array("-----BEGIN ".utf8)
        guard bytes.count - place > 100, bytes[place + 1] == 0x2D,
            bytes[place..<(place + begin.count)].elementsEqual(begin)
        else { return nil }
        let head = text(of: bytes[place..<min(bytes.count, place + 64)])
        guard head.contains("PRIVATE KEY-----"), !head.contains("ENCRYPTED") else { return nil }
        // A header alone is code that looks for keys; a key has its base64 after it, without a blank.
        let body = bytes[place...].dropFirst(26).prefix(400).drop { $0 != 0x0A && $0 != 0x5C }
        let start = Array(body.drop { $0 == 0x0A || $0 == 0x0D || $0 == 0x5C || $0 == 0x6E || $0 == 0x72 }.prefix(48))
        let isBase64 =
            start.count == 48 && start.allSatisfy { $0.isLetterASCII || $0.isDigit || $0 == 0x2B || $0 == 0x2F }
        guard isBase64, !isExample(bytes[place..<min(bytes.count, place + 400)]) else { return nil }
        return Sighting(place: place, what: "a private key", rule: "secrets.private-key")
    }

    static func address(_ bytes: [UInt8], _ place: Int) -> Sighting? {
        let rest = bytes[(place + 3)...].prefix(160).prefix {
            $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x22 && $0 != 0x27 && $0 != 0x3C
        }
        guard let at = rest.lastIndex(of: 0x40), let colon = rest.firstIndex(of: 0x3A), colon < at else { return nil }
        let password = Array(rest[(colon + 1)..<at])
        let host = text(of: rest[(at + 1)...].prefix { $0 != 0x3A })
        guard password.count >= 8, !password.contains(where: { "{}$<>*%[]()".utf8.contains($0) }),
            !isExample(password[...]),
            !isExample(rest), entropy(password) >= 2.75,
            !["localhost", "127.0.0.1", "db", "host", "example.com", "server"].contains(host),
            !host.hasSuffix(".example.com"), !host.hasPrefix("example."),
            password.contains(where: \.isDigit) || password.count >= 16
        else { return nil }
        return Sighting(
            place: place, what: "a password in an address (…@\(visible(host, limit: 40)))", rule: "secrets.address")
    }

    static func contains(_ name: [UInt8], _ part: [UInt8]) -> Bool {
        guard name.count >= part.count else { return false }
        return (0...(name.count - part.count)).contains { name[$0..<($0 + part.count)].elementsEqual(part) }
    }

    /// Letters and digits mixed, no word after word, and much entropy for its length.
    static func isRandom(_ value: [UInt8]) -> Bool {
        let digits = value.count(where: \.isDigit)
        let letters = value.count(where: \.isLetterASCII)
        let others = value.count - digits - letters
        guard digits >= 2, letters >= 4, others * 4 <= value.count else { return false }
        // A key in base64, which may hold slashes.
        let isBase64 =
            value.count >= 32 && value.allSatisfy { $0.isLetterASCII || $0.isDigit || "/+=".utf8.contains($0) }
        if isBase64, value.first != 0x2F, value.contains(where: { (0x41...0x5A).contains($0) }), entropy(value) >= 4.2 {
            return true
        }
        // A path, an address, a template or a sentence.
        if value.contains(where: { "/{}<>()$%*,;: ".utf8.contains($0) }), !value.contains(0x2B), !value.hasSuffix("=") {
            return false
        }
        let parts = value.split { $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
        if parts.count > 2, parts.allSatisfy({ $0.count <= 12 }),
            !parts.contains(where: { $0.contains(where: \.isDigit) && $0.contains(where: \.isLetterASCII) })
        {
            return false
        }
        return entropy(value) >= (value.allSatisfy(\.isHexadecimal) ? 3.0 : 3.6)
    }

    private static let examples: [[UInt8]] = [
        "example", "changeme", "change-me", "change_me", "your", "xxxx", "dummy", "fake", "placeholder", "sample",
        "redacted", "insecure",
        "todo", "replace", "abcdef", "123456", "test", "secret-key", "00000000", "deadbeef", "foobar",
        "django-insecure", "notasecret", "not-a-", "mock", "phc_", "pk_live_", "pk_test_", "sb_publishable", "pub_",
    ].map { Array($0.utf8) }

    static func isExample(_ value: ArraySlice<UInt8>) -> Bool {
        let lower = value.map { $0 | ($0.isLetterASCII ? 0x20 : 0) }
        return examples.contains { contains(lower, $0) }
    }

    /// Shannon's entropy per byte, in bits.
    static func entropy(_ bytes: [UInt8]) -> Double {
        guard !bytes.isEmpty else { return 0 }
        var counts = [Int](repeating: 0, count: 256)
        for byte in bytes { counts[Int(byte)] += 1 }
        let all = Double(bytes.count)
        return counts.reduce(0) { $1 == 0 ? $0 : $0 - Double($1) / all * log2(Double($1) / all) }
    }

    /// A secret shown so that it is recognised and not repeated.
    static func line(of place: Int, in bytes: [UInt8]) -> Int {
        bytes[..<min(place, bytes.count)].reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}

extension UInt8 {
    var isHexadecimal: Bool { isDigit || (0x61...0x66).contains(self | 0x20) }
}
