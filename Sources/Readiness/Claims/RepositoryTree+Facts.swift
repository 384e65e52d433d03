/// What single files of a repository say about the whole: licences, measured coverage, what version control ignores.
extension RepositoryTree {
    static func isDocument(_ lower: String) -> Bool { lower.hasSuffix(".md") || lower.hasSuffix(".markdown") }

    /// Whether it is a source package (PyPI's have `PKG-INFO`) from which files may have been left out. Hatch leaves out
    /// what version control ignores and nothing else, unless it is told to.
    func leavesOut() -> Bool {
        guard paths.contains("PKG-INFO") else { return false }
        if [".github", ".gitlab-ci.yml", ".circleci", ".travis.yml"].contains(where: paths.contains) { return false }
        guard let manifest = manifests["pyproject.toml"], manifest.contains("hatchling") else { return true }
        return manifest.contains("targets.sdist") || manifest.contains("[tool.hatch.build]")
    }

    /// Whether a document came with somebody else's work that lies in the repository.
    func isBrought(_ path: String) -> Bool {
        let folders = path.lowercased().split(separator: "/").dropLast().map(String.init)
        return folders.contains { Self.brought.contains($0) }
    }

    private static let brought: Set = [
        "contrib", "third-party", "thirdparty", "third_party", "external", "externals", "vendors", "vendored", "deps",
        "submodules", "_vendor", "examples_external",
    ]

    /// Folders that are not looked into, and what is built or written while the thing runs.
    func isGenerated(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        return parts.contains { part in
            Self.isForeign(part) || ignored.contains(part) || Self.made.contains(part.lowercased())
                || Self.madeEndings.contains { part.lowercased().hasSuffix($0) }
        } || ignored.contains(path)
    }

    private static let made: Set = [
        "build", "out", "data", "logs", "log", "tmp", "temp", "cache", "uploads", "media", "staticfiles", "output",
        "outputs", "results", "models", "env", ".env", ".env.local", ".env.production", "htmlcov", ".git", "instance",
        "backups", "secrets", "site", "public", "storage", "certs", "ssl", "generated", ".pytest_cache", ".ruff_cache",
        ".mypy_cache", ".vscode", ".cache", "reports", ".coverage", "checkpoints", "artifacts", "bin", "obj",
    ]
    private static let madeEndings = [
        ".db", ".sqlite", ".sqlite3", ".log", ".pid", ".pyc", ".egg-info", ".lock", ".pem", ".key", ".crt", ".csv",
        ".env", ".whl", ".tar.gz", ".exe", ".so",
    ]

    mutating func note(_ path: String, name: String, _ bytes: [UInt8]) {
        if name == ".gitignore" {
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(2_000) {
                let entry = line.trimmed.drop { $0 == "/" || $0 == "*" }
                let bare = entry.hasSuffix("/") ? entry.dropLast() : entry
                if !bare.isEmpty, !bare.hasPrefix("#") { ignored.insert(String(bare)) }
            }
        }
        if name.hasPrefix("license") || name.hasPrefix("licence") || name == "copying", !path.contains("/") {
            let text = String(decoding: bytes.prefix(4_000), as: UTF8.self)
            licences[path] = .some(Licences.inText(text))
        }
        if name == "coverage.xml" || name == "lcov.info" || name == "coverage-summary.json" || name == "coverage.json" {
            if let share = CoverageReport.share(name: name, bytes) { coverage = (share, path) }
        }
    }

    /// A manifest without what it says about itself in words.
    static func withoutPraise(_ text: String) -> String {
        var isPraise = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            let start = line.trimmed.drop { $0 == "\"" }
            if isPraise {
                isPraise = !line.contains("]")
                return false
            }
            guard ["description", "keywords", "classifiers", "long_description"].contains(where: start.hasPrefix) else {
                return true
            }
            isPraise = line.contains("[") && !line.contains("]")
            return false
        }.joined(separator: "\n")
    }
}

/// Licences by what they call themselves.
enum Licences {
    /// What a text is, when it is one alone.
    static func inText(_ text: String) -> String? {
        let plain = text.split { $0.isWhitespace }.joined(separator: " ").lowercased()
        let start = String(plain.prefix(1_500))
        for (name, mark) in marks where start.contains(mark) { return name }
        return nil
    }

    private static let marks = [
        ("AGPL-3.0", "gnu affero general public license"), ("LGPL", "gnu lesser general public license"),
        ("GPL-2.0", "gnu general public license version 2"), ("GPL-3.0", "gnu general public license version 3"),
        ("Apache-2.0", "apache license version 2.0"), ("MPL-2.0", "mozilla public license version 2.0"),
        ("MIT", "permission is hereby granted, free of charge"),
        ("BSD", "redistribution and use in source and binary forms"),
        ("ISC", "permission to use, copy, modify, and/or distribute this software"),
        ("Unlicense", "this is free and unencumbered software"),
    ]

    /// The one licence that a statement names; nil when it names none or several.
    static func named(in plain: String) -> String? {
        let found = all(in: plain)
        return found.count == 1 ? found.first : nil
    }

    static func all(in plain: String) -> Set<String> {
        let text = " " + plain.map { $0.isLetter || $0.isNumber || $0 == "." ? String($0) : " " }.joined() + " "
        var found: Set<String> = []
        for (name, words) in names
        where words.contains(where: { text.contains(" \($0) ") || text.contains(" \($0). ") }) {
            found.insert(name)
        }
        if found.contains("AGPL-3.0") || found.contains("LGPL") { found.subtract(["GPL-3.0", "GPL-2.0"]) }
        return found
    }

    private static let names = [
        ("MIT", ["mit", "mit license", "mit licence"]),
        ("Apache-2.0", ["apache 2.0", "apache license", "apache version 2.0", "apache2"]),
        ("AGPL-3.0", ["agpl", "agplv3", "agpl 3.0", "affero"]), ("LGPL", ["lgpl", "lgplv3", "lesser general public"]),
        ("GPL-3.0", ["gplv3", "gpl 3.0", "gpl v3", "gpl 3"]), ("GPL-2.0", ["gplv2", "gpl 2.0", "gpl v2"]),
        ("BSD", ["bsd"]), ("MPL-2.0", ["mpl", "mpl 2.0", "mozilla public"]), ("ISC", ["isc license", "isc licence"]),
        ("Unlicense", ["unlicense"]),
    ]
}
