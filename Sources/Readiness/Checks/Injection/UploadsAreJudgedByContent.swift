struct UploadsAreJudgedByContent: Check {
    let sheet = CheckSheet(
        "upload.by-content", "Uploads are judged by what they contain", area: .injection, side: .app, severity: .major,
        asvs: "V5.2.2", flaw: "upload-by-extension", needs: [.login, .identities, .upload],
        rationale: "A page or a program that is called `.csv` stays a page or a program.",
        remediation: "Look at the first bytes and parse the file; the name and the declared type are the sender's word."
    )

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.upload else { return [] }
        let name = try await target.who(rule.identity)
        let path = try await target.path(rule.operation.path, object: rule.object, of: name)
        func upload(_ content: [UInt8]) async throws -> Sighting {
            try await target.send(Self.request(rule, path, content, boundary: "probe-\(target.nonce)"), as: name)
        }
        let control = try await upload(Array(fill(rule.content, ["nonce": target.nonce]).utf8))
        guard control.answer.isSuccess || control.answer.isRedirect else {
            return [.notAvailable(control.subject, "a file of the right kind gets \(control.status)", control)]
        }
        let program: [UInt8] = [0x4D, 0x5A, 0x90, 0x00, 0x03, 0x00, 0x00, 0x00] + Array(repeating: 0, count: 56)
        let page = Array("<!doctype html><html><body><script>alert(1)</script></body></html>\n".utf8)
        var all: [Observation] = []
        for (content, what) in [(page, "an HTML page"), (program, "a Windows program")] {
            let seen = try await upload(content)
            if seen.answer.isSuccess || seen.answer.isRedirect {
                all.append(
                    .fails(seen.subject, "\(what) called `\(rule.fileName)` is taken (\(seen.status))", seen, control))
            } else if (400..<500).contains(seen.status) {
                all.append(
                    .holds(
                        seen.subject, "\(seen.status) for \(what), \(control.status) for the right kind", seen, control)
                )
            } else {
                all.append(.fails(seen.subject, "\(seen.status): the app broke on \(what)", seen, control))
            }
        }
        return all
    }

    private static func request(
        _ rule: UploadRule, _ path: String, _ content: [UInt8], boundary: String
    ) -> ProbeRequest {
        guard let field = rule.field else {
            return ProbeRequest(
                rule.operation.method, path, fields: [("Content-Type", rule.type), ("Accept", "application/json")],
                body: .bytes(content))
        }
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(rule.fileName)\"\r\n"
            + "Content-Type: \(rule.type)\r\n\r\n"
        return ProbeRequest(
            rule.operation.method, path,
            fields: [("Content-Type", "multipart/form-data; boundary=\(boundary)"), ("Accept", "application/json")],
            body: .bytes(Array(head.utf8) + content + Array("\r\n--\(boundary)--\r\n".utf8)))
    }
}
