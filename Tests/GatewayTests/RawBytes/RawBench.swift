import TestKit
import Testing

/// Everything that talks in bytes, one after the other: the suites share a gateway and look at what its app saw.
@Suite("Raw bytes", .serialized)
struct RawBytesTests {}

/// A gateway in front of an echoing upstream, with the sound requests that stand around every attack.
struct RawBench: Sendable {
    let gateway: GatewayUnderTest
    let upstream: EchoUpstream

    // Paths that the exposure rules hide are legal all the same: here only form is judged.
    private static let enforcingBench = Task {
        try await RawBench(settings: ["mode": "enforce", "protection.exposure.mode": "off"])
    }
    private static let observingBench = Task { try await RawBench(settings: ["mode": "observe"]) }

    /// Shared by the serialised suites; it ends with the process.
    static func enforcing() async throws -> RawBench { try await enforcingBench.value }
    static func observing() async throws -> RawBench { try await observingBench.value }

    init(settings: [String: String]) async throws {
        upstream = try await EchoUpstream.start()
        gateway = try await GatewayUnderTest.start(upstreamPort: upstream.port, settings: settings)
    }

    func stop() async {
        await gateway.stop()
        await upstream.stop()
    }

    /// A request that must be answered with its own echo.
    static func sound(_ marker: String) -> [UInt8] {
        let path = marker.replacing(" ", with: "-")
        return Array("GET /sound/\(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sound: \(marker)\r\n\r\n".utf8)
    }

    /// What a smuggler wants to be read as a request of somebody else.
    static let smuggled = Array("GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)

    /// Reads one response and expects the echo of `sound(marker)`, with nothing of another request in it.
    func expectSound(
        _ marker: String, on connection: RawConnection, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let response = await connection.response()
        #expect(response?.status == 200, "the sound request “\(marker)”", sourceLocation: sourceLocation)
        guard let text = response?.text else { return }
        let path = marker.replacing(" ", with: "-")
        #expect(text.hasPrefix("GET /sound/\(path) HTTP/1.1\n"), "it got \(text)", sourceLocation: sourceLocation)
        #expect(text.contains("X-Sound: \(marker)\n"), sourceLocation: sourceLocation)
        #expect(!text.contains("evil") && !text.contains("smuggled"), "it got \(text)", sourceLocation: sourceLocation)
    }

    /// The gateway is alive, and whatever connection to the app it takes is clean.
    func expectSoundOnNewConnection(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let connection = try await RawConnection.open(port: gateway.port)
        try await connection.send(RawBench.sound("afterwards"))
        await expectSound("afterwards", on: connection, sourceLocation: sourceLocation)
        await connection.close()
    }
}
