extension SourceRule {
    private static func secret(_ name: String, _ flawed: String, _ sound: String) -> SourceRule {
        SourceRule(
            id: "secrets.\(name)", gate: .secrets, severity: .critical, cwe: 798, asvs: "V13.3.1",
            rationale: "A secret in the source is known to everybody who ever had a copy, and stays in the history.",
            remediation:
                "Change the secret where it was issued first; then read it from the environment or a vault, and clean the history.",
            flawed: ["config.py": flawed], sound: ["config.py": sound])
    }

    /// Secrets. The fixtures are put together here, so that no scanner takes them for real ones.
    static let secrets: [SourceRule] = [
        secret("known-format", "KEY = '" + "AKIA" + "Q3EGVJ7MWNPX5T2C" + "'\n", "KEY = 'AKIAIOSFODNN7" + "EXAMPLE'\n"),
        secret(
            "private-key",
            "KEY = '''-----BEGIN " + "PRIVATE KEY-----\n"
                + String(repeating: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n", count: 8) + "-----END "
                + "PRIVATE KEY-----'''\n",
            "MARK = '-----BEGIN " + "PRIVATE KEY-----'\n"
                + String(repeating: "# a comment of words, no key\n", count: 6)),
        secret(
            "assigned", "db_password = '" + "q7Vd2xZp" + "9Lw4Tn8s" + "K3fR'\n",
            "db_password = os.environ['DB_PASSWORD']\napi_token = 'your-token-goes-here-12'\n"),
        secret(
            "address", "URL = 'postgresql://app:" + "q7Vd2xZp9Lw4" + "@db.prod.internal/app'\n",
            "URL = 'postgresql://app:password@localhost/app'\n"),
    ]

    private static func manifest(
        _ name: String, _ severity: Severity, cwe: Int, _ rationale: String, _ remediation: String,
        flawed: (String, String), sound: (String, String)
    ) -> SourceRule {
        SourceRule(
            id: "deployment.\(name)", gate: .deployment, severity: severity, cwe: cwe, asvs: nil, rationale: rationale,
            remediation: remediation, flawed: [flawed.0: flawed.1], sound: [sound.0: sound.1])
    }

    private static func pod(_ members: String, image: String = "app:1.2", kind: String = "") -> (String, String) {
        (
            "k8s/app.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          image: \(image)\n\(members)"
        )
    }
    private static let limits = "          resources: { limits: { memory: 256Mi } }\n"
    private static let probe = "          readinessProbe: { httpGet: { path: /health, port: 80 } }\n"
    private static let person = "          securityContext: { runAsNonRoot: true }\n"

    /// Containers and manifests.
    static let deployment: [SourceRule] = [
        manifest(
            "root-user", .minor, cwe: 250, "Who breaks out of the app is root in the container.",
            "End the Dockerfile with `USER app` (or a number).",
            flawed: ("Dockerfile", "FROM python:3.13-slim\nCMD [\"app\"]\n"),
            sound: ("Dockerfile", "FROM python:3.13-slim\nUSER 10001\nCMD [\"app\"]\n")),
        manifest(
            "latest-tag", .minor, cwe: 1357, "Tomorrow's build is another one, and nobody changed anything.",
            "Name a version, better a digest.",
            flawed: ("Dockerfile", "FROM python\nUSER app\n"),
            sound: ("Dockerfile", "FROM python:3.13 AS build\nFROM build\nUSER app\n")),
        manifest(
            "remote-add", .minor, cwe: 494, "What the network answers on the day is in the image.",
            "`ADD --checksum=sha256:…`, or fetch and compare.",
            flawed: ("Dockerfile", "FROM a:1\nADD https://example.test/a /a\nUSER app\n"),
            sound: (
                "Dockerfile",
                "FROM a:1\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.test/a /a\nUSER app\n"
            )),
        manifest(
            "no-limits", .minor, cwe: 770, "One leak takes its neighbours down.", "Set `resources.limits.memory`.",
            flawed: pod(probe + person), sound: pod(limits + probe + person)),
        manifest(
            "no-probes", .minor, cwe: 754, "Traffic goes to what isn't ready, and what hangs is never restarted.",
            "Give a readinessProbe, and a livenessProbe where a restart helps.",
            flawed: pod(limits + person), sound: pod(limits + probe + person)),
        manifest(
            "root-pod", .minor, cwe: 250, "Who breaks out of the app is root in the container.",
            "`securityContext: { runAsNonRoot: true }`.",
            flawed: pod(limits + probe), sound: pod(limits + probe + person)),
        manifest(
            "privileged", .major, cwe: 250, "Who breaks out of the app is root on the node.",
            "Take `privileged` out; add the one capability that is needed.",
            flawed: pod(limits + probe + "          securityContext: { runAsNonRoot: true, privileged: true }\n"),
            sound: pod(limits + probe + person)),
        manifest(
            "docker-socket", .major, cwe: 250, "Who has the runtime's socket starts containers as root on the machine.",
            "Take the socket out; where a tool needs it, put a proxy that allows single calls between.",
            flawed: (
                "compose.yaml",
                "services:\n  a:\n    image: a:1\n    volumes: ['/var/run/docker.sock:/var/run/docker.sock']\n"
            ), sound: ("compose.yaml", "services:\n  a:\n    image: a:1\n    volumes: ['data:/data']\n")),
        manifest(
            "host-namespace", .major, cwe: 668, "What runs in the container sees the machine's network or processes.",
            "Take it out; publish the port that is needed.",
            flawed: ("compose.yaml", "services:\n  a:\n    image: a:1\n    network_mode: host\n"),
            sound: ("compose.yaml", "services:\n  a:\n    image: a:1\n    network_mode: bridge\n")),
        manifest(
            "piped-script", .minor, cwe: 494, "What the network answers on the day runs as root in the build.",
            "Fetch it, compare its checksum, then run it; or install a package.",
            flawed: ("Dockerfile", "FROM a:1\nRUN curl -fsSL https://example.test/a.sh | sh\nUSER app\n"),
            sound: ("Dockerfile", "FROM a:1\nRUN curl -fsSL https://example.test/a | tee a.txt\nUSER app\n")),
    ]
}
