/// What a document states about the whole: its licence, its version, the port that it answers on.
enum StatedClaims {
    static func find(_ lines: [ClaimLine], _ path: String, _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        // Elsewhere, documents speak of parts.
        guard !path.contains("/") else { return held }
        let licence = licence(tree)
        let version = version(tree)
        let mixed = sectionsOfSeveral(lines)
        for line in lines {
            if let licence, !line.isCode, !mixed.contains(line.heading), let named = licenceNamed(line) {
                held.hold(
                    line.number, "licence", line.text.trimmed,
                    against: named == licence.name ? nil : "\(licence.path) is \(licence.name)")
            }
            if let version, !line.isCode, let stated = versionStated(line) {
                held.hold(
                    line.number, "version", line.text.trimmed,
                    against: stated == version.text ? nil : "\(version.path) has \(version.text)")
            }
            if tree.routes.isServer, let port = port(line) {
                held.hold(
                    line.number, "port", "localhost:\(port)",
                    against: tree.words.contains(port) ? nil : "no source or configuration has the port \(port)")
            }
        }
        // One stated port is the app's; several are what a reader chose.
        let ports = Set(held.findings.filter { $0.kind == "port" }.map(\.claimed))
        return ports.count > 1 ? held.keeping { $0.kind != "port" } : held
    }

    private static func licence(_ tree: RepositoryTree) -> (name: String, path: String)? {
        guard tree.licences.count <= 1 else { return nil }
        if let (path, name) = tree.licences.first { return name.map { ($0, path) } }
        return nil
    }

    /// Titles of sections that name several licences: each is of some part.
    private static func sectionsOfSeveral(_ lines: [ClaimLine]) -> Set<String> {
        var named: [String: Set<String>] = [:]
        for line in lines where !line.isCode && isOwn(line) {
            named[line.heading, default: []].formUnion(Licences.all(in: line.plain))
        }
        return Set(named.filter { $0.value.count > 1 }.keys)
    }

    private static func isOwn(_ line: ClaimLine) -> Bool {
        line.heading.hasSuffix("license") || line.heading.hasSuffix("licence")
    }

    /// Under a heading of its own, in a badge, or in a sentence that says so.
    private static func licenceNamed(_ line: ClaimLine) -> String? {
        let text = line.text
        if let range = text.firstRange(of: "img.shields.io/badge/") {
            let rest = text[range.upperBound...].prefix { $0 != ")" && $0 != "?" }.lowercased()
            guard rest.hasPrefix("license-") || rest.hasPrefix("licence-") else { return nil }
            let name = rest.dropFirst(8).replacing("--", with: "\u{1}").prefix { $0 != "-" }
            return Licences.named(in: String(name).replacing("\u{1}", with: "-").replacing("%20", with: " "))
        }
        let plain = line.plain
        guard plain.utf8.count < 200, !others.occur(in: plain) else { return nil }
        guard
            isOwn(line) && (plain.contains("licen") || plain.count < 40)
                || ["released under the", "licensed under the", "distributed under the"].contains(where: plain.contains)
                    && (plain.hasPrefix("this project") || plain.hasPrefix("released") || plain.hasPrefix("licensed")
                        || plain.hasPrefix("distributed"))
        else { return nil }
        return Licences.named(in: plain)
    }

    /// Words of a line about something else than the whole, or about several licences.
    private static let others: Phrases = [
        "dual", " or ", "except", "depend", "third", "librar", "font", "icon", "compat", "data", "model", "based on",
        "original", "derived", "commercial", "your", "not ",
    ]

    private static func version(_ tree: RepositoryTree) -> (text: String, path: String)? {
        var found: [(String, String)] = []
        if let text = tree.manifests["pyproject.toml"] {
            for line in text.split(separator: "\n") where line.hasPrefix("version") {
                let parts = line.split(separator: "\"")
                if parts.count >= 2, line.drop(while: { $0 != "=" }).hasPrefix("="), isVersion(String(parts[1])) {
                    found.append((String(parts[1]), "pyproject.toml"))
                }
            }
        }
        if let text = tree.manifests["package.json"],
            case .string(let version) = JSONValue(bytes: Array(text.utf8))?.at("/version"), isVersion(version)
        {
            found.append((version, "package.json"))
        }
        guard let first = found.first, found.allSatisfy({ $0.0 == first.0 }) else { return nil }
        return first
    }

    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
    }

    /// `**Version**: 1.2.0`, `Current version: v1.2.0`, a badge `version-1.2.0-blue`.
    private static func versionStated(_ line: ClaimLine) -> String? {
        if let range = line.text.firstRange(of: "img.shields.io/badge/version-") {
            let stated = line.text[range.upperBound...].prefix { $0 != "-" }
            let bare = stated.hasPrefix("v") ? String(stated.dropFirst()) : String(stated)
            return isVersion(bare) ? bare : nil
        }
        let words = line.plain.split { " :|-".contains($0) }.map(String.init)
        let rest: ArraySlice<String>
        if words.first == "version" {
            rest = words.dropFirst()
        } else if words.first == "current", words.dropFirst().first == "version" {
            rest = words.dropFirst(2)
        } else {
            return nil
        }
        guard let last = rest.first, rest.count == 1 else { return nil }
        let bare = last.hasPrefix("v") ? String(last.dropFirst()) : last
        return isVersion(bare) ? bare : nil
    }

    private static let usual: Set = [
        "80", "443", "3000", "3001", "4200", "5000", "5173", "8000", "8001", "8080", "8081", "8501", "8888", "9000",
        "9001", "9090", "9093", "9411",
        "5555", "4173", "7860", "5432", "6379", "11434", "1234", "6006", "15672", "8025", "16686", "3100", "9200",
        "27017",
    ]

    /// The one that a document says the app answers on, where it isn't one that everybody's tools use.
    private static func port(_ line: ClaimLine) -> String? {
        guard visits.occur(in: line.plain) else { return nil }
        for start in ["http://localhost:", "http://127.0.0.1:"] {
            guard let range = line.text.firstRange(of: start) else { continue }
            let digits = String(line.text[range.upperBound...].prefix { $0.isNumber && $0.isASCII })
            if (4...5).contains(digits.count), !usual.contains(digits) { return digits }
        }
        return nil
    }

    /// What makes an address the app's own: elsewhere it may be a proxy's or another service's.
    private static let visits: Phrases = [
        "open", "visit", "brows", "navigate", "go to", "runs on", "running on", "running at", "listen", "available at",
        "access", "curl", "served at", "serves on", "starts on", "head to", "point your",
    ]
}
