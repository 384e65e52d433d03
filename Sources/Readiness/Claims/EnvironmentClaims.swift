/// `DATABASE_URL=…`, `| PORT_NUMBER | … |`: a variable that a document tells people to set, and that nothing reads.
enum EnvironmentClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        guard tree.words.count > 100 else { return held }
        var done: Set<String> = []
        let family = family(tree)
        for line in lines {
            for name in names(line) where done.insert(name).inserted {
                guard !family.contains(name.lowercased().split(separator: "_").first.map(String.init) ?? "") else {
                    continue
                }
                held.hold(
                    line.number, "variable", name,
                    against: isRead(name, tree) ? nil : "no source or configuration has `\(name)`")
            }
        }
        // A document of which hardly any variable is ours tells of another program.
        return held.unlessOver(held.known)
    }

    /// Beginnings of names of packages that the project is built from: those may read variables named after them.
    private static func family(_ tree: RepositoryTree) -> Set<String> {
        guard let text = tree.manifests["pyproject.toml"] else { return [] }
        let own = text.split(separator: "\n").first { $0.hasPrefix("name") }.flatMap {
            RouteTable.quoted(String($0)).first
        }
        var found: Set<String> = []
        for line in text.split(separator: "\n") where !line.hasPrefix("[") && line.contains("\"") {
            guard let package = RouteTable.quoted(String(line)).first?.lowercased(), package != own?.lowercased(),
                let first = package.split(whereSeparator: { "-_[".contains($0) }).first, first.count < package.count,
                !package.contains("/"), line.contains(">=") || line.trimmed.hasPrefix("\"")
            else { continue }
            found.insert(String(first))
        }
        return found
    }

    /// Variables that a line says are there to be set.
    static func names(_ line: ClaimLine) -> [String] {
        let trimmed = line.text.trimmed
        if let code = line.code {
            guard ["bash", "sh", "shell", "env", "dotenv", "ini", "", "properties", "zsh", "console"].contains(code)
            else {
                return []
            }
            var body = trimmed[...]
            for prefix in ["$ ", "export ", "set "] where body.hasPrefix(prefix) { body = body.dropFirst(prefix.count) }
            let name = String(body.prefix { $0 != "=" })
            // `NAME=value command` sets it too; what a script keeps for itself is used again with a `$`.
            guard body.dropFirst(name.count).first == "=", !body.contains("$(") else { return [] }
            return isName(name) ? [name] : []
        }
        guard
            line.heading.contains("environment") || line.heading.contains("configur")
                || line.heading.contains("setting") || line.heading.contains("variable")
                || line.heading.contains(".env")
        else { return [] }
        // The first cell of a row, or what a list's item begins with.
        let start: Substring
        if trimmed.hasPrefix("|") {
            start = trimmed.dropFirst().prefix { $0 != "|" }
        } else if trimmed.hasPrefix("- ") || trimmed.hasPrefix("* ") {
            start = trimmed.dropFirst(2)
        } else {
            return []
        }
        let cell = start.trimmed.drop { $0 == "*" }
        guard cell.hasPrefix("`") else { return [] }
        let name = String(cell.dropFirst().prefix { $0 != "`" && $0 != "=" })
        return isName(name) ? [name] : []
    }

    private static func isName(_ name: String) -> Bool {
        guard name.contains("_"), (5...60).contains(name.count), name.first?.isLetter ?? false,
            name.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }), !name.hasSuffix("_")
        else { return false }
        return !foreign.contains { name.hasPrefix($0) }
    }

    /// Read by libraries, images and runtimes that a repository only uses.
    private static let foreign = [
        "AWS_", "GOOGLE_", "OPENAI_", "ANTHROPIC_", "AZURE_", "POSTGRES_", "MYSQL_", "MARIADB_", "PG", "REDIS_",
        "UVICORN_",
        "GUNICORN_", "FLASK_", "DJANGO_", "NODE_", "DOCKER_", "COMPOSE_", "PYTHON", "PIP_", "UV_", "TWINE_", "CELERY_",
        "MONGO_", "RABBITMQ_", "OTEL_", "HF_", "CUDA_", "LD_", "GITHUB_", "GITLAB_", "CI_", "HTTP_", "HTTPS_",
        "NO_PROXY",
        "SSL_", "REQUESTS_", "NPM_", "VITE_", "NEXT_", "REACT_APP_", "SENTRY_", "DD_", "LANG", "LC_", "XDG_", "GEMINI_",
        "OLLAMA_", "LANGCHAIN_", "LANGSMITH_", "GRAFANA_", "GF_", "KUBE", "VAULT_", "TF_", "WEB_CONCURRENCY", "MINIO_",
        "KEYCLOAK_", "KC_", "TORCH_", "TRANSFORMERS_", "YOUR_", "MY_", "EXAMPLE_", "GROQ_", "MISTRAL_", "COHERE_",
        "DBUS_",
        "HUGGING", "LITELLM_", "DEEPSEEK_", "SUPABASE_", "MODAL_", "GOPATH", "GO", "CARGO_", "RUST_", "JAVA_",
    ]

    /// Whole, or as a setting's name behind a prefix (`APP_SECRET_KEY` is read by a field `secret_key`).
    private static func isRead(_ name: String, _ tree: RepositoryTree) -> Bool {
        let lower = name.lowercased()
        if tree.words.contains(lower) { return true }
        let parts = lower.split(separator: "_").map(String.init)
        for cut in 1..<max(parts.count, 2) {
            let rest = parts.dropFirst(cut).joined(separator: "_")
            guard rest.count >= 3, tree.words.contains(rest) || tree.words.contains(rest.replacing("_", with: "-"))
            else {
                continue
            }
            // Two words of a name are seldom there by chance; one is, unless something puts prefixes before names.
            if rest.contains("_") || tree.words.contains("toupper") { return true }
            let prefix = parts.prefix(cut).joined(separator: "_")
            if tree.words.contains(prefix + "_") || tree.words.contains("env_prefix")
                || tree.words.contains("auto_envvar_prefix") || tree.words.contains("envprefix")
                || tree.words.contains("automaticenv") || tree.words.contains("env_nested_delimiter")
                || tree.words.contains("dynaconf") || tree.words.contains("envvar_prefix")
                || tree.words.contains("setenvprefix")
            {
                return true
            }
        }
        return false
    }
}
