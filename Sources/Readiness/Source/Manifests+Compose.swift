import Yams

/// Services of a Compose file.
extension Manifests {
    static func isCompose(_ path: String) -> Bool {
        let name = path.fileName.lowercased()
        return (name.hasPrefix("docker-compose") || name.hasPrefix("compose"))
            && (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
    }

    /// What services are given; nil where there is none.
    static func services(_ path: String, _ bytes: [UInt8]) -> [SourceFinding]? {
        guard bytes.count < 1_048_576, let nodes = try? documents(text(of: bytes)),
            let services = nodes.first?.mapping?["services"]?.mapping
        else { return nil }
        var found: [SourceFinding] = []
        var looked = 0
        for (key, node) in services.prefix(200) {
            guard let members = node.mapping else { continue }
            looked += 1
            let name = visible(key.string ?? "a service", limit: 60)
            func object(_ rule: String, _ at: Node?, _ seen: String) {
                found.append(
                    SourceFinding(
                        rule: "deployment.\(rule)", file: path, line: at?.mark?.line ?? node.mark?.line ?? 1,
                        seen: "`\(name)` \(seen)"))
            }
            if members["privileged"]?.string == "true" {
                object("privileged", members["privileged"], "is privileged: root on the machine")
            }
            for capability in members["cap_add"]?.sequence?.prefix(40) ?? [] {
                guard let name = capability.string, isMighty(name) else { continue }
                object(
                    "privileged", capability,
                    "has the capability \(visible(name, limit: 40)): as good as root on the machine")
            }
            for key in ["network_mode", "pid", "ipc"] where members[key]?.string == "host" {
                object("host-namespace", members[key], "shares the machine's own: `\(key): host`")
            }
            if ["root", "0", "0:0"].contains(members["user"]?.string ?? "") {
                object("root-user", members["user"], "runs as root")
            }
            for volume in members["volumes"]?.sequence?.prefix(100) ?? [] {
                let source = volume.string ?? volume.mapping?["source"]?.string ?? ""
                if isSocket(source) {
                    object(
                        "docker-socket", volume, "has the container runtime's socket: who has it is root on the machine"
                    )
                }
            }
            // What is built here has no tag of others.
            if members["build"] == nil, let image = members["image"]?.string,
                let finding = tag(image, [], path, members["image"]?.mark?.line ?? 1)
            {
                found.append(finding)
            }
        }
        return looked == 0 ? nil : found
    }
}
