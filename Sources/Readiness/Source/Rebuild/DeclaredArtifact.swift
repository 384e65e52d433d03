import Yams

/// What a build must leave, and how it is built; one item of `artefacts:` in readiness.yaml.
public struct DeclaredArtifact: Sendable, Equatable {
    /// Relative to the source folder; `*` and `?` in its last part.
    public var path: String
    /// The project's own command, for `/bin/sh`, in the source folder; nil where the file must only be there.
    public var build: String?
    /// Names of environment variables that the build gets besides `PATH`.
    public var environment: [String] = []
    /// Patterns of what a build leaves in the tree, besides what is known: it isn't taken along to be built again.
    public var leaveOut: [String] = []
    /// How long one build may take.
    public var timeout: Duration = .seconds(600)

    public init(path: String, build: String? = nil) {
        self.path = path
        self.build = build
    }

    /// What makes one build the same as another: those are made together.
    struct Recipe: Hashable {
        var build: String
        var environment: [String]
        var leaveOut: [String]
        var timeout: Duration
    }
    var recipe: Recipe? {
        build.map { Recipe(build: $0, environment: environment, leaveOut: leaveOut, timeout: timeout) }
    }
}

extension YAMLReader {
    /// `artefacts:`: a path, or a map with `path` and `build`.
    mutating func artifact(_ node: Node, _ index: Int) -> DeclaredArtifact? {
        let place = "artefacts[\(index)]"
        if let path = node.scalar?.string { return artifactPath(path, node, place).map { DeclaredArtifact(path: $0) } }
        let parts = members(node, at: place, known: ["path", "build", "env", "leave-out", "timeout"])
        guard let written = required(parts, "path", at: place, of: node),
            let path = artifactPath(written, parts["path"], "\(place).path")
        else { return nil }
        var artifact = DeclaredArtifact(path: path, build: string(parts, "build", at: place))
        if let build = artifact.build, build.trimmed.isEmpty || build.utf8.contains(0) || build.utf8.count > 10_000 {
            add(parts["build"], "\(place).build", nil, "must be a command, such as `make dist`")
            return nil
        }
        artifact.environment = items(parts["env"], at: "\(place).env").compactMap { item in
            guard let name = item.scalar?.string,
                name.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]{0,99}/#) != nil
            else {
                add(item, "\(place).env", nil, "must be names of environment variables, such as CARGO_HOME")
                return nil
            }
            return name
        }
        artifact.leaveOut = items(parts["leave-out"], at: "\(place).leave-out").compactMap(\.scalar?.string)
        if let text = string(parts, "timeout", at: place) {
            guard let time = Self.duration(text), time > .zero, time <= .seconds(86_400) else {
                add(parts["timeout"], "\(place).timeout", text, "must be a time such as 90s or 10m, of a day at most")
                return nil
            }
            artifact.timeout = time
        }
        return artifact
    }

    private mutating func artifactPath(_ path: String, _ node: Node?, _ place: String) -> String? {
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.hasPrefix("/"), !steps.contains(".."), !path.utf8.contains(0),
            !steps.dropLast().contains(where: { $0.contains("*") || $0.contains("?") })
        else {
            add(
                node, place, path,
                "must be a path inside the source folder, with `*` in its last part at most, such as `dist/*.whl`")
            return nil
        }
        return path
    }
}
