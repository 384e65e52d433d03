/// A dependency that a lock file pins.
struct LockedPackage: Sendable, Hashable {
    /// As OSV calls it: PyPI, npm, crates.io, Go, Maven, SwiftURL.
    var ecosystem: String
    var name: String
    var version: String
    var line: Int
}

/// Reads lock files of package managers.
enum LockFile {
    /// The reader for a file of this name; nil for others.
    static func packages(_ path: String, _ bytes: [UInt8]) -> [LockedPackage]? {
        let name = path.fileName
        switch name {
        case "poetry.lock", "uv.lock", "pdm.lock", "pylock.toml": return tables(bytes, "PyPI")
        case "Cargo.lock": return tables(bytes, "crates.io")
        case "Pipfile.lock": return pipfile(bytes)
        case "package-lock.json", "npm-shrinkwrap.json": return npm(bytes)
        case "yarn.lock": return yarn(bytes)
        case "pnpm-lock.yaml": return pnpm(bytes)
        case "go.mod": return goModule(bytes)
        case "pom.xml": return maven(bytes)
        case "Package.resolved": return swift(bytes)
        case "gradle.lockfile", "buildscript-gradle.lockfile": return gradle(bytes)
        default:
            guard name.hasSuffix(".txt"),
                name.hasPrefix("requirements") || name.hasPrefix("constraints") || path.contains("requirements/")
            else {
                return nil
            }
            return requirements(bytes)
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [(Int, String)] {
        text(of: bytes).split(separator: "\n", omittingEmptySubsequences: false).prefix(400_000).enumerated().map {
            ($0 &+ 1, String($1))
        }
    }

    /// PEP 503: the one spelling of a name.
    static func normalised(_ name: some StringProtocol) -> String {
        var out = ""
        for character in name.lowercased() {
            if character == "-" || character == "_" || character == "." {
                if out.last != "-" { out.append("-") }
            } else {
                out.append(character)
            }
        }
        return out
    }

    private static func requirements(_ bytes: [UInt8]) -> [LockedPackage] {
        lines(bytes).compactMap { number, line in
            guard
                let match = line.firstMatch(
                    of: #/^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*={2,3}\s*([A-Za-z0-9.!+_-]+)/#)
            else { return nil }
            return LockedPackage(ecosystem: "PyPI", name: normalised(match.1), version: String(match.2), line: number)
        }
    }

    /// `[[package]]` tables of TOML: poetry, uv, pdm and Cargo.
    private static func tables(_ bytes: [UInt8], _ ecosystem: String) -> [LockedPackage] {
        var found: [LockedPackage] = []
        var isInside = false
        var name: (String, Int)?
        for (number, line) in lines(bytes) {
            if line.hasPrefix("[") {
                isInside = line.hasPrefix("[[package]]") || line.hasPrefix("[[packages]]")
                name = nil
            }
            guard isInside, let match = line.firstMatch(of: #/^(name|version)\s*=\s*"([^"]+)"/#) else { continue }
            if match.1 == "name" {
                name = (String(match.2), number)
            } else if let own = name {
                let plain = ecosystem == "PyPI" ? normalised(own.0) : own.0
                found.append(LockedPackage(ecosystem: ecosystem, name: plain, version: String(match.2), line: own.1))
                name = nil
            }
        }
        return found
    }

    private static func pipfile(_ bytes: [UInt8]) -> [LockedPackage] {
        guard let value = try? JSONReader.value(bytes) else { return [] }
        let places = keys(bytes)
        return ["default", "develop"].flatMap { part in
            (value.at("/\(part)")?.members ?? [:]).compactMap { name, entry in
                guard let version = entry.at("/version")?.string, version.hasPrefix("==") else { return nil }
                return LockedPackage(
                    ecosystem: "PyPI", name: normalised(name), version: String(version.dropFirst(2)),
                    line: places(name))
            }
        }
    }

    private static func npm(_ bytes: [UInt8]) -> [LockedPackage] {
        guard let value = try? JSONReader.value(bytes) else { return [] }
        let places = keys(bytes)
        var found: [LockedPackage] = []
        for (path, entry) in value.at("/packages")?.members ?? [:] where path.contains("node_modules/") {
            guard let version = entry.at("/version")?.string, entry.at("/link") != .bool(true) else { continue }
            let last = path.split(separator: "/", omittingEmptySubsequences: false)
            let named = entry.at("/name")?.string
            let start =
                last.lastIndex(of: "node_modules").map { last.suffix(from: $0).dropFirst().joined(separator: "/") }
                ?? path
            found.append(
                LockedPackage(ecosystem: "npm", name: named ?? start, version: version, line: places(path)))
        }
        if found.isEmpty, let old = value.at("/dependencies") { nested(old, &found, places, 0) }
        return found
    }

    /// Version 1 of package-lock.json.
    private static func nested(
        _ value: JSONValue, _ found: inout [LockedPackage], _ places: (String) -> Int, _ depth: Int
    ) {
        guard depth < 40 else { return }
        for (name, entry) in value.members ?? [:] {
            if let version = entry.at("/version")?.string {
                found.append(LockedPackage(ecosystem: "npm", name: name, version: version, line: places(name)))
            }
            if let inner = entry.at("/dependencies") { nested(inner, &found, places, depth &+ 1) }
        }
    }

    private static func yarn(_ bytes: [UInt8]) -> [LockedPackage] {
        var found: [LockedPackage] = []
        var name: (String, Int)?
        for (number, line) in lines(bytes) {
            if let first = line.first, first != " ", first != "#", line.hasSuffix(":") {
                let spec = line.dropLast().split(separator: ",").first.map { $0.trimmed.filter { $0 != "\"" } } ?? ""
                // The first `@` of a scope is no separator.
                let place = spec.dropFirst().firstIndex(of: "@")
                name = place.map { (String(spec.prefix(upTo: $0)), number) }
                // `alias@npm:name@^1`: what is installed has another name.
                if let alias = spec.firstRange(of: "@npm:") {
                    let real = spec[alias.upperBound...]  // can't trap: the range was found in `spec`.
                    if let end = real.dropFirst().lastIndex(of: "@") {
                        name = (String(real[..<end]), number)  // can't trap: `end` was found in `real`.
                    }
                }
            } else if let own = name, let match = line.firstMatch(of: #/^\s+version:?\s+"?([^"\s]+)"?/#) {
                found.append(LockedPackage(ecosystem: "npm", name: own.0, version: String(match.1), line: own.1))
                name = nil
            }
        }
        return found
    }

    private static func pnpm(_ bytes: [UInt8]) -> [LockedPackage] {
        var isInside = false
        return lines(bytes).compactMap { number, line in
            if let first = line.first, first != " " { isInside = line.hasPrefix("packages:") }
            guard isInside,
                let match = line.firstMatch(of: #/^  ['"]?\/?((?:@[^\/@]+\/)?[^\/@'"]+)[@\/]([0-9][^('":]*)/#)
            else { return nil }
            return LockedPackage(
                ecosystem: "npm", name: String(match.1), version: String(match.2.prefix { $0 != "_" }), line: number)
        }
    }

    private static func goModule(_ bytes: [UInt8]) -> [LockedPackage] {
        let lines = Self.lines(bytes)
        // What is replaced isn't built; what replaces it is.
        let replaced = Set(
            lines.compactMap { _, line in
                line.firstMatch(of: #/^\s*(?:replace\s+)?([^\s]+)(?:\s+v[^\s]+)?\s+=>\s/#).map { String($0.1) }
            })
        return lines.compactMap { number, line in
            if let match = line.firstMatch(of: #/=>\s+([a-z0-9][^\s]*)\s+v([0-9][^\s]*)/#) {
                return LockedPackage(
                    ecosystem: "Go", name: String(match.1),
                    version: String(match.2).replacing("+incompatible", with: ""), line: number)
            }
            guard
                let match = line.firstMatch(
                    of: #/^\s*(?:require\s+)?([a-z0-9][a-zA-Z0-9._~\/-]*\.[a-zA-Z0-9._~\/-]+)\s+v([0-9][^\s]*)/#),
                !replaced.contains(String(match.1))
            else { return nil }
            return LockedPackage(
                ecosystem: "Go", name: String(match.1), version: String(match.2).replacing("+incompatible", with: ""),
                line: number)
        }
    }

    /// Dependencies with a plain version; properties of the same file are put in.
    private static func maven(_ bytes: [UInt8]) -> [LockedPackage] {
        guard var reader = try? XMLReader(bytes) else { return [] }
        var found: [LockedPackage] = []
        var properties: [String: String] = [:]
        var path: [String] = []
        var own: [String: String] = [:]
        while let event = try? reader.next() {
            switch event {
            case .start(let name, _):
                path.append(name)
                if name == "dependency" { own = [:] }
            case .text(let text):
                let name = path.last ?? ""
                if path.dropLast().last == "properties" { properties.updateValue(text.trimmed, forKey: name) }
                if path.dropLast().last == "dependency" { own.updateValue(text.trimmed, forKey: name) }
            case .end(let name):
                path = path.dropLast()
                guard name == "dependency" else { continue }
                let group = own.text("groupId")
                let artifact = own.text("artifactId")
                var version = own.text("version")
                if version.hasPrefix("${"), version.hasSuffix("}") {
                    version = properties.text(String(version.dropFirst(2).dropLast()))
                }
                if !group.isEmpty, !artifact.isEmpty, version.first?.isNumber ?? false {
                    found.append(
                        LockedPackage(ecosystem: "Maven", name: "\(group):\(artifact)", version: version, line: 1))
                }
            }
        }
        return found
    }

    /// `group:artifact:version=configurations`
    private static func gradle(_ bytes: [UInt8]) -> [LockedPackage] {
        lines(bytes).compactMap { number, line in
            guard let match = line.firstMatch(of: #/^([^:=#\s]+):([^:=\s]+):([^=\s]+)=/#) else { return nil }
            return LockedPackage(
                ecosystem: "Maven", name: "\(match.1):\(match.2)", version: String(match.3), line: number)
        }
    }

    /// Key → the first line that begins with it; a reader of JSON doesn't tell lines.
    private static func keys(_ bytes: [UInt8]) -> (String) -> Int {
        var found: [String: Int] = [:]
        for (number, line) in lines(bytes) {
            let text = line.drop { $0 == " " || $0 == "\t" }
            guard text.first == "\"", let end = text.dropFirst().firstIndex(of: "\"") else { continue }
            let key = String(text[..<end].dropFirst())  // can't trap: `end` was found in `text`.
            if !found.keys.contains(key) { found.updateValue(number, forKey: key) }
        }
        let lines = found
        return { lines[$0] ?? 1 }  // can't trap: a table by key.
    }

    /// Last text of a line → its line.
    private static func values(_ bytes: [UInt8]) -> (String) -> Int {
        var found: [String: Int] = [:]
        for (number, line) in lines(bytes) {
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
            guard parts.count >= 3, let last = parts.dropLast().last else { continue }
            found.updateValue(number, forKey: String(last))
        }
        let lines = found
        return { lines[$0] ?? 1 }  // can't trap: a table by key.
    }

    private static func swift(_ bytes: [UInt8]) -> [LockedPackage] {
        guard let value = try? JSONReader.value(bytes) else { return [] }
        let places = values(bytes)
        return (value.at("/pins") ?? value.at("/object/pins"))?.items?.compactMap { pin in
            guard let address = (pin.at("/location") ?? pin.at("/repositoryURL"))?.string,
                let version = pin.at("/state/version")?.string
            else { return nil }
            var name = address.replacing("git@github.com:", with: "github.com/")
            if let scheme = name.firstRange(of: "://") {
                name = String(name[scheme.upperBound...])  // can't trap: the range was found in `name`.
            }
            if let user = name.firstIndex(of: "@") {
                name = String(name[user...].dropFirst())  // can't trap: `user` was found in `name`.
            }
            if name.hasSuffix(".git") { name = String(name.dropLast(4)) }
            return LockedPackage(
                ecosystem: "SwiftURL", name: name.lowercased(), version: version, line: places(address))
        } ?? []
    }
}
