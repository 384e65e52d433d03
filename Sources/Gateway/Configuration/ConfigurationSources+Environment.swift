import Kernel

/// `SEAWORTHY_` + key in upper case, `.` and `-` as `_`; `…_FILE` names a file that holds a secret.
extension CollectedConfiguration {
    mutating func readEnvironment(_ environment: [String: String], known: KnownKeys) {
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("SEAWORTHY_") {
            // An empty variable is how compose files and shells say "not set".
            guard !text.isEmpty, name != ConfigurationSources.fileVariable, !CollectedConfiguration.isServiceLink(name)
            else { continue }
            if let key = known.variables[name] {
                take(text, for: key, from: name)
            } else if name.hasSuffix("_FILE"), let key = known.variables[String(name.dropLast(5))] {
                readSecretFile(
                    text, for: key, named: name, alsoGiven: environment[String(name.dropLast(5))], known: known)
            } else {
                rejectVariable(name, known: known)
            }
        }
    }

    private mutating func take(_ text: String, for key: String, from name: String) {
        switch YAMLSource.node(of: text) {
        case .success(let node): values[key] = ConfigurationValue(node, origin: name)
        case .failure(let problem): reject(key, problem.explanation, origin: name)
        }
    }

    private mutating func readSecretFile(
        _ path: String, for key: String, named name: String, alsoGiven other: String?, known: KnownKeys
    ) {
        guard known.isSecret(key) else {
            return reject(key, "only secrets are read from a file; set \(name.dropLast(5)) itself", origin: name)
        }
        guard other?.isEmpty ?? true else {
            return reject(key, "given twice: by \(name) and by \(name.dropLast(5)); keep one", origin: name)
        }
        secretFiles.append(SecretFileName(key: key, variable: name, path: path))
        do {
            let text = try BoundedFile.text(at: path, limit: 65_536)
            let secret = String(text.trimming(while: { $0 == "\n" || $0 == "\r\n" || $0 == " " }))
            values[key] = ConfigurationValue(.scalar(secret), origin: "\(name) (\(path))")
        } catch {
            reject(key, error.explanation, origin: "\(name) (\(path))")
        }
    }

    private mutating func rejectVariable(_ name: String, known: KnownKeys) {
        let names = Array(known.variables.keys) + [ConfigurationSources.fileVariable]
        let nearest = names.min { a, b in
            let (x, y) = (editDistance(a, name), editDistance(b, name))
            return x == y ? a < b : x < y
        }
        errors.append(
            ConfigurationError(
                key: name, given: nil, valid: "a variable for a key of `seaworthy config explain`",
                origin: "environment", nearestKey: nearest))
    }

    /// Whether it is one of the variables that Kubernetes gives every pod beside a service called `seaworthy`:
    /// `…_SERVICE_HOST`, `…_SERVICE_PORT[_NAME]`, `…_PORT`, `…_PORT_8080_TCP[_ADDR|_PORT|_PROTO]`.
    static func isServiceLink(_ name: String) -> Bool {
        let rest = name.dropFirst("SEAWORTHY_".count)
        if rest == "SERVICE_HOST" || rest == "PORT" || rest.hasPrefix("SERVICE_PORT") { return true }
        guard rest.hasPrefix("PORT_") else { return false }
        let parts = rest.dropFirst(5).split(separator: "_")
        guard parts.count >= 2, Int(parts[0]) != nil else { return false }
        return ["TCP", "UDP", "SCTP"].contains(String(parts[1]))
    }
}
