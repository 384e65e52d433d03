import TestKit
import Testing

extension RawBytesTests {
    @Suite("Odd but legal requests", .timeLimit(.minutes(2)))
    struct LegalRequestTests {
        @Test("reach the app with method, target, fields and body byte for byte", arguments: LegalRequests.all)
        func unchanged(row: LegalRequest) async throws {
            try await RawBench.enforcing().verify(row)
        }

        @Test("out of a seed reach the app byte for byte", arguments: Seeds.first(250))
        func generated(seed: UInt64) async throws {
            try await RawBench.enforcing().verify(GeneratedRequest.make(seed: seed))
        }

        @Test("pass an observing gateway just the same", arguments: Seeds.first(50))
        func observed(seed: UInt64) async throws {
            try await RawBench.observing().verify(GeneratedRequest.make(seed: seed))
        }

        @Test("are answered in order and apart when up to 16 come at once", arguments: 1...16)
        func pipelined(count: Int) async throws {
            let bench = try await RawBench.enforcing()
            bench.upstream.forget()
            let rows = (0..<count).map { GeneratedRequest.make(seed: UInt64(1_000 * count + $0)) }
            let connection = try await RawConnection.open(port: bench.gateway.port)
            try await connection.send(rows.enumerated().flatMap { $1.wire(marker: "row-\($0)") })
            for (number, row) in rows.enumerated() {
                let response = await connection.response(to: row.method)
                #expect(response?.status == 200, "\(row.name): \(response?.text ?? "no answer")")
                let seen = bench.upstream.requests(where: "X-Row", is: "row-\(number)")
                #expect(seen.count == 1)
                guard let request = seen.first else { continue }
                row.expect(request, marker: "row-\(number)")
                #expect(
                    response?.body == EchoUpstream.transcript(of: request), "the answer to \(row.name) is another's")
            }
            await connection.close()
        }

        @Test("stand in a table with more than 250 rows, each with its own name")
        func table() {
            #expect(LegalRequests.all.count > 250)
            #expect(Set(LegalRequests.all.map(\.name)).count == LegalRequests.all.count)
        }
    }
}

extension RawBench {
    /// Sends the row, compares what the app saw, and that the answer is the one to this row.
    func verify(_ row: LegalRequest) async throws {
        upstream.forget()
        let connection = try await RawConnection.open(port: gateway.port)
        if row.pace == .whole {
            try await connection.send(row.wire(marker: "one"))
        } else {
            try await connection.send(pieces: row.pieces(marker: "one"))
        }
        let response = await connection.response(to: row.method)
        #expect(response?.status == 200, "it answered \(response?.text ?? "nothing")")
        let seen = upstream.requests(where: "X-Row", is: "one")
        #expect(seen.count == 1, "the app saw it \(seen.count) times")
        if let request = seen.first {
            row.expect(request, marker: "one")
            if row.method != "HEAD" { #expect(response?.body == EchoUpstream.transcript(of: request)) }
        }
        await connection.close()
    }
}
