struct LargeBodiesAreRefused: Check {
    let sheet = CheckSheet(
        "size.declared-body", "A body of more than 10 MiB is refused by its length", area: .requests, side: .edge,
        severity: .major, asvs: "V5.2.1", flaw: "unbounded-body",
        rationale: "Bodies without a bound fill memory and disks; a few clients are enough.",
        remediation: "Set a limit in front (`client_max_body_size 10m` in nginx) and in the app; answer 413.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await LargeBody.observe(target, chunked: false)
    }
}

/// What two checks try: one byte more than 10 MiB, with and without its length said before.
enum LargeBody {
    static let limit = 10_485_760

    static func observe(_ target: Reconnaissance, chunked: Bool) async throws -> [Observation] {
        let (operation, type) = try await place(target)
        let prefix = Array(type == "application/json" ? #"{"email":""#.utf8 : "probe=".utf8)
        let request = ProbeRequest(
            operation.method, operation.path, fields: [("Content-Type", type), ("Accept", "application/json")],
            body: .filler(prefix: prefix, count: limit + 1 - prefix.count, chunked: chunked))
        let seen: Sighting
        do {
            // Ten mebibytes over loopback are there at once: who says nothing for five seconds waits for something else.
            let patient = target.site.isLoopback ? try target.client.limited(to: .seconds(5)) : target.client
            seen = try await target.send(request, by: patient)
        } catch let failure as ClientFailure {
            if case .timedOut = failure {
                return [
                    .notAvailable(
                        operation.description,
                        "no answer in time to \(limit + 1) bytes \(chunked ? "without a length" : ""): it seems to wait for more"
                    )
                ]
            }
            guard failure != .closedWithoutAnswer, case .io = failure else {
                if failure == .closedWithoutAnswer {
                    return [.notAvailable(operation.description, "the connection was closed without an answer")]
                }
                throw failure
            }
            return [.notAvailable(operation.description, "the connection broke without an answer: \(failure)")]
        }
        let how = chunked ? "without a declared length" : "with its length declared"
        switch seen.status {
        case 413: return [.holds(seen.subject, "413 for \(limit + 1) bytes \(how)", seen)]
        case 411 where chunked: return [.holds(seen.subject, "411: bodies without a length are not taken", seen)]
        case 404, 405, 501, 403, 401, 415:
            // 401 may come from a sign-in that read the whole body and looked it up.
            if seen.status == 401, seen.answer.bodyBytesSent > limit / 2 { break }
            if target.configuration.login == nil, [404, 405, 501].contains(seen.status),
                try await target.survey().write == nil
            {
                throw try await target.withoutWrite("\(seen.subject) is refused with \(seen.status); ")
            }
            return [
                Observation.notAvailable(
                    seen.subject, "\(seen.status): no operation is known that takes a body (declare `login`)", seen
                ).declaring([.login])
            ]
        default:
            // An app that answers without reading shows no bound, and needs none: whoever stands in front can't refuse any more.
            guard seen.answer.bodyBytesSent > limit / 2 else {
                return [
                    Observation.notAvailable(
                        seen.subject,
                        "\(seen.status) before the body was read: no operation is known that takes one (declare `login`)",
                        seen
                    ).declaring([.login])
                ]
            }
        }
        return [.fails(seen.subject, "\(seen.status) for \(limit + 1) bytes \(how), not 413", seen)]
    }

    private static func place(_ target: Reconnaissance) async throws -> (Operation, String) {
        if let known = try await target.writableOperation() { return (known.operation, known.type) }
        let path = try await target.livePage().request.targetText
        return (Operation(method: "POST", path: path), "application/json")
    }
}
