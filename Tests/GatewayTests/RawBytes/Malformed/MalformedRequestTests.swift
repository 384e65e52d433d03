import TestKit
import Testing

extension RawBytesTests {
    @Suite("Malformed requests", .timeLimit(.minutes(2)))
    struct MalformedRequestTests {
        @Test(
            "are refused with their status, never forwarded, and leave nothing behind", arguments: MalformedRequests.all
        )
        func refused(row: MalformedRequest) async throws {
            try await RawBench.enforcing().verify(row)
        }

        @Test(
            "are refused by an observing gateway too, where two parsers could read them in two ways",
            arguments: MalformedRequests.all.filter(\.isAmbiguous))
        func refusedWhileObserving(row: MalformedRequest) async throws {
            try await RawBench.observing().verify(row)
        }

        @Test(
            "are refused behind a sound request on the same connection",
            arguments: MalformedRequests.all.filter { !$0.isCutOff })
        func refusedInPipeline(row: MalformedRequest) async throws {
            try await RawBench.enforcing().verify(row, behindSoundRequest: true)
        }

        @Test(
            "are refused when they come in two parts", arguments: MalformedRequests.all.filter { $0.bytes.count < 400 })
        func refusedInParts(row: MalformedRequest) async throws {
            var generator = SeededGenerator(seed: UInt64(row.bytes.count))
            try await RawBench.enforcing().verify(row, splitAt: generator.number(1...row.bytes.count))
        }

        @Test("stand in a table with more than 250 rows, each with its own name")
        func table() {
            #expect(MalformedRequests.all.count > 250)
            #expect(Set(MalformedRequests.all.map(\.name)).count == MalformedRequests.all.count)
        }
    }
}

extension RawBench {
    /// Sends the row and whatever a smuggler would send behind it; then looks at what everybody saw.
    func verify(_ row: MalformedRequest, behindSoundRequest: Bool = false, splitAt split: Int? = nil) async throws {
        upstream.forget()
        let incompleteBefore = upstream.incomplete.count
        let connection = try await RawConnection.open(port: gateway.port)
        var bytes = row.bytes
        if row.connection == .closes, !row.isCutOff { bytes += RawBench.smuggled }
        if behindSoundRequest { bytes = RawBench.sound("first") + bytes }
        if let split {
            try await connection.send(pieces: [Array(bytes[..<split])])
            bytes.removeFirst(split)
        }
        // A gateway that has already refused and closed may not take the rest.
        try? await connection.send(bytes)
        if row.isCutOff { try? await connection.closeOutput() }
        if behindSoundRequest { await expectSound("first", on: connection) }
        if row.status == 0 {
            let rest = await connection.receiveToEnd()
            #expect(rest.isClosed && rest.bytes.isEmpty, "it answered \(rest.text)")
        }
        let answer = row.status == 0 ? nil : await connection.response()
        #expect(
            answer?.status ?? 0 == row.status, "it answered \(answer.map { "\($0.status) \($0.text)" } ?? "nothing")")
        if let answer { await expectRefusal(answer, row, on: connection) }
        await connection.close()
        try await expectSoundOnNewConnection()
        let foreign = upstream.requests.filter { !$0.target.hasPrefix("/sound/") }
        #expect(foreign.isEmpty, "the app saw \(foreign.map { "\($0.method) \($0.target)" })")
        if row.forwarding == .never {
            #expect(upstream.incomplete.count == incompleteBefore, "the app saw parts of it: \(upstream.incomplete)")
        }
    }

    private func expectRefusal(_ answer: RawResponse, _ row: MalformedRequest, on connection: RawConnection) async {
        #expect(answer.isComplete)
        #expect(answer.value("content-type")?.hasPrefix("application/problem+json") == true)
        if answer.announcesClose {
            let rest = await connection.receiveToEnd()
            #expect(rest.isClosed, "it announced a close and didn't close")
            #expect(rest.bytes.isEmpty, "after its last answer it sent \(rest.text)")
        } else {
            #expect(row.connection == .mayGoOn, "the connection must be closed")
            try? await connection.send(RawBench.sound("same connection"))
            await expectSound("same connection", on: connection)
        }
    }
}
