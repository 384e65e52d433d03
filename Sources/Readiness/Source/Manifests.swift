import Yams

/// Looks at container files and Kubernetes manifests.
enum Manifests {
    static func isContainerFile(_ path: String) -> Bool {
        let name = path.fileName.lowercased()
        return name == "dockerfile" || name == "containerfile" || name.hasPrefix("dockerfile.")
            || name.hasSuffix(".dockerfile")
    }

    static func containerFile(_ path: String, _ bytes: [UInt8]) -> [SourceFinding] {
        var found: [SourceFinding] = []
        // Stage → who runs in it.
        var stages: [String: String] = [:]
        var stage = ""
        var values: [String: String] = [:]
        var user = ""
        var last = 1
        var number = 0
        var instruction = ""
        for raw in text(of: bytes).split(separator: "\n", omittingEmptySubsequences: false).prefix(5_000) {
            number += 1
            let line = raw.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            let isContinued = instruction.hasSuffix("\\")
            instruction = isContinued ? instruction : line
            if isContinued {
                instruction = line.hasSuffix("\\") ? "\\" : ""
                continue
            }
            let words = line.split(separator: " ").map(String.init)
            switch words.first?.uppercased() ?? "" {
            case "ARG":
                if let parts = words.dropFirst().first?.split(separator: "=", maxSplits: 1), parts.count == 2 {
                    values[String(parts[0])] = String(parts[1].filter { $0 != "\"" && $0 != "'" })
                }
            case "FROM":
                last = number
                if !stage.isEmpty { stages[stage] = user }
                let image = given(words.dropFirst().first { !$0.hasPrefix("--") } ?? "", values)
                // A stage that begins with another begins as who runs there.
                user = stages[image.lowercased()] ?? ""
                if let finding = tag(image, Set(stages.keys), path, number) { found.append(finding) }
                stage = ""
                if let name = words.firstIndex(where: { $0.lowercased() == "as" }), name + 1 < words.count {
                    stage = words[name + 1].lowercased()
                }
                // Images that run as somebody else already.
                if image.contains("nonroot") || image.contains("unprivileged") { user = "nonroot" }
            case "USER":
                user = words.dropFirst().first ?? ""
                last = number
            case "ADD":
                if words.contains(where: { $0.hasPrefix("http://") || $0.hasPrefix("https://") }),
                    !line.contains("--checksum")
                {
                    found.append(
                        SourceFinding(
                            rule: "deployment.remote-add", file: path, line: number,
                            seen: "a file from the network is put into the image without its checksum"))
                }
            case "RUN":
                if isPiped(line) {
                    found.append(
                        SourceFinding(
                            rule: "deployment.piped-script", file: path, line: number,
                            seen: "a script from the network is run as it comes"))
                }
            default: break
            }
        }
        let name = user.split(separator: ":").first.map(String.init) ?? ""
        if name.isEmpty || name == "root" || name == "0" {
            found.append(
                SourceFinding(
                    rule: "deployment.root-user", file: path, line: last,
                    seen: "what runs in the container is root: there is no USER"))
        }
        return found
    }

    /// `${BASE}` and `$BASE` with what `ARG BASE=…` says.
    private static func given(_ image: String, _ values: [String: String]) -> String {
        guard image.hasPrefix("$") else { return image }
        let name = image.dropFirst().filter { $0 != "{" && $0 != "}" }
        return values[name] ?? image
    }

    /// Capabilities of the kernel with which a container is as good as privileged.
    static func isMighty(_ capability: String) -> Bool {
        let name = capability.uppercased()
        return ["ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "CAP_SYS_MODULE"].contains(name)
    }

    /// `curl … | sh`
    private static func isPiped(_ line: String) -> Bool {
        guard line.contains("curl ") || line.contains("wget ") else { return false }
        return line.split(separator: "|").dropFirst().contains { part in
            let words = part.split(separator: " ").map(String.init)
            let program = (words.first == "sudo" ? words.dropFirst().first : words.first) ?? ""
            return ["sh", "bash", "/bin/sh", "/bin/bash", "python", "python3"].contains(program)
        }
    }

    static func tag(_ image: String, _ stages: Set<String>, _ path: String, _ line: Int) -> SourceFinding? {
        guard !image.isEmpty, image != "scratch", !stages.contains(image.lowercased()), !image.contains("$"),
            !image.contains("@sha256:")
        else { return nil }
        let name = image.split(separator: "/").last.map(String.init) ?? image
        guard !name.contains(":") || name.hasSuffix(":latest") else { return nil }
        return SourceFinding(
            rule: "deployment.latest-tag", file: path, line: line,
            seen: "the image `\(visible(image, limit: 80))` is whatever is newest on the day")
    }

    /// Workloads among the documents of a YAML file; nil where there is none. Of a template (Helm) only what it says itself is
    /// judged: what its values bring isn't known.
    static func workloads(_ path: String, _ bytes: [UInt8]) -> [SourceFinding]? {
        let whole = text(of: bytes)
        guard whole.contains("apiVersion:"), whole.contains("ontainers:"), bytes.count < 1_048_576 else { return nil }
        let isTemplate = whole.contains("{{")
        guard let nodes = try? documents(isTemplate ? filled(whole) : whole) else { return nil }
        var found: [SourceFinding] = []
        var looked = 0
        for node in nodes.flatMap(members) {
            guard let kind = node.mapping?["kind"]?.string, let spec = pod(node, kind)?.mapping else { continue }
            let shared = spec["securityContext"]?.mapping
            for container in spec["containers"]?.sequence?.prefix(20) ?? [] {
                looked += 1
                found += self.container(container, shared, kind, path)
            }
            // What runs before is judged for its rights alone.
            for container in spec["initContainers"]?.sequence?.prefix(20) ?? [] {
                found += self.container(container, shared, kind, path)
                    .filter { ["deployment.privileged", "deployment.latest-tag"].contains($0.rule) }
            }
            found += host(spec, path)
        }
        if isTemplate {
            let own = ["privileged", "latest-tag", "host-namespace", "docker-socket"].map { "deployment.\($0)" }
            found = found.filter { own.contains($0.rule) }
        }
        return looked == 0 ? nil : found
    }

    /// The documents of a List, or the one.
    private static func members(_ node: Node) -> [Node] {
        guard node.mapping?["kind"]?.string == "List", let items = node.mapping?["items"]?.sequence else {
            return [node]
        }
        return Array(items.prefix(100))
    }

    /// A template with a word where values are put in, and without lines that only decide or include.
    static func filled(_ whole: String) -> String {
        whole.split(separator: "\n", omittingEmptySubsequences: false).map { raw in
            let line = raw.trimmed
            if line.hasPrefix("{{"), line.hasSuffix("}}") { return "" }
            var out = ""
            var rest = raw[...]
            while let open = rest.firstRange(of: "{{") {
                out += rest[..<open.lowerBound]
                guard let close = rest[open.upperBound...].firstRange(of: "}}") else { return "" }
                out += "v0"
                rest = rest[close.upperBound...]
            }
            return out + rest
        }
        .joined(separator: "\n")
    }

    private static func host(_ spec: Node.Mapping, _ path: String) -> [SourceFinding] {
        var found: [SourceFinding] = []
        for key in ["hostNetwork", "hostPID", "hostIPC"] where spec[key]?.string == "true" {
            found.append(
                SourceFinding(
                    rule: "deployment.host-namespace", file: path, line: spec[key]?.mark?.line ?? 1,
                    seen: "the pod shares the node's own: `\(key)`"))
        }
        for volume in spec["volumes"]?.sequence?.prefix(50) ?? [] {
            let place = volume.mapping?["hostPath"]?.mapping?["path"]
            guard let place, isSocket(place.string ?? "") else { continue }
            found.append(
                SourceFinding(
                    rule: "deployment.docker-socket", file: path, line: place.mark?.line ?? 1,
                    seen: "the container runtime's socket is mounted: who has it is root on the node"))
        }
        return found
    }

    static func isSocket(_ path: String) -> Bool {
        ["docker.sock", "containerd.sock", "crio.sock"].contains { path.contains($0) }
    }

    private static func pod(_ node: Node, _ kind: String) -> Node? {
        let spec = node.mapping?["spec"]
        switch kind {
        case "Pod": return spec
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job":
            return spec?.mapping?["template"]?.mapping?["spec"]
        case "CronJob": return spec?.mapping?["jobTemplate"]?.mapping?["spec"]?.mapping?["template"]?.mapping?["spec"]
        default: return nil
        }
    }

    private static func container(_ node: Node, _ shared: Node.Mapping?, _ kind: String, _ path: String)
        -> [SourceFinding]
    {
        guard let members = node.mapping else { return [] }
        let line = node.mark?.line ?? 1
        let name = visible(members["name"]?.string ?? "a container", limit: 60)
        var found: [SourceFinding] = []
        func object(_ rule: String, _ seen: String) {
            found.append(SourceFinding(rule: "deployment.\(rule)", file: path, line: line, seen: "`\(name)` \(seen)"))
        }
        let limits = members["resources"]?.mapping?["limits"]?.mapping
        if limits?["memory"] == nil { object("no-limits", "has no memory limit: one leak takes the node down") }
        if kind != "Job", kind != "CronJob", members["readinessProbe"] == nil, members["livenessProbe"] == nil {
            object("no-probes", "has neither a readiness nor a liveness probe")
        }
        let own = members["securityContext"]?.mapping
        func setting(_ key: String) -> String? { own?[key]?.string ?? shared?[key]?.string }
        if own?["privileged"]?.string == "true" { object("privileged", "is privileged: root on the node") }
        for node in own?["capabilities"]?.mapping?["add"]?.sequence?.prefix(40) ?? [] {
            guard let name = node.string, isMighty(name) else { continue }
            object("privileged", "has the capability \(visible(name, limit: 40)): as good as root on the node")
        }
        if setting("runAsNonRoot") != "true", (setting("runAsUser").flatMap { Int($0) } ?? 0) == 0 {
            object("root-pod", "may run as root: neither runAsNonRoot nor runAsUser")
        }
        if let image = members["image"]?.string, let finding = tag(image, [], path, line) {
            found.append(SourceFinding(rule: "deployment.latest-tag", file: path, line: line, seen: finding.seen))
        }
        return found
    }
}

/// The first hundred documents of a YAML text.
func documents(_ text: String) throws -> [Node] {
    var nodes: [Node] = []
    var iterator = try Yams.compose_all(yaml: text)
    while nodes.count < 100, let node = iterator.next() { nodes.append(node) }
    return nodes
}
