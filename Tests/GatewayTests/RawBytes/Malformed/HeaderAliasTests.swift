import TestKit
import Testing

extension RawBytesTests {
    /// Headers that only a trusted hop may set: whatever the spelling, the app never sees a client's.
    @Suite("Headers that only a trusted hop may set", .timeLimit(.minutes(1)))
    struct HeaderAliasTests {
        static let names = [
            "X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for",
            "X.Forwarded.For",
            "X-FORWARDED-FOR", "X-Forwarded-Proto", "X_FORWARDED_PROTO", "X-Forwarded-Host", "X_Forwarded_Host",
            "X-Forwarded-Port",
            "X-Forwarded-Server", "X-Forwarded-Prefix", "X-Forwarded-User", "X_Forwarded_User", "X-Forwarded-Email",
            "Forwarded",
            "FORWARDED", "X-Real-IP", "X_Real_IP", "X.Real.IP", "True-Client-IP", "True_Client_IP", "X-Client-IP",
            "Remote-User",
            "Remote_User", "REMOTE_USER", "X-Remote-User", "X_Remote_User", "X-Seaworthy-User", "X_Seaworthy_User",
            "x-seaworthy-anything", "X-HTTP-Method-Override", "X_HTTP_Method_Override", "X-Method-Override",
            "X-HTTP-Method",
        ]

        @Test("are taken out of a request's head", arguments: names)
        func head(name: String) async throws {
            let bench = try await RawBench.enforcing()
            bench.upstream.forget()
            let connection = try await RawConnection.open(port: bench.gateway.port)
            try await connection.send(
                "POST /a HTTP/1.1\r\nHost: 127.0.0.1\r\n\(name): forged-value\r\nX-After: kept\r\nContent-Length: 0\r\n\r\n"
            )
            let response = await connection.response(to: "POST")
            #expect(response?.status == 200)
            #expect(bench.upstream.requests.count == 1)
            #expect(bench.upstream.requests.first?.value("x-after") == "kept")
            #expect(response?.text.contains("forged-value") == false, "the app saw it")
            await connection.close()
        }

        static let trailers =
            names + [
                "Content-Length", "Transfer-Encoding", "Host", "Authorization", "Cookie", "Set-Cookie", "Connection",
                "Content-Type",
                "Content-Encoding", "Trailer", "TE", "Expect", "Upgrade", "Range", "If-Match", "Cache-Control",
                "Max-Forwards",
            ]

        @Test("or that frame a message never reach the app in trailers", arguments: trailers)
        func trailer(name: String) async throws {
            let bench = try await RawBench.enforcing()
            bench.upstream.forget()
            let connection = try await RawConnection.open(port: bench.gateway.port)
            try await connection.send(
                "POST /a HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
                    + "X-Before: kept\r\n\(name): 7\r\nX-After: kept\r\n\r\n")
            let response = await connection.response(to: "POST")
            if response?.status == 200 {
                let lines = bench.upstream.requests.first?.trailerLines.map { String(decoding: $0, as: UTF8.self) }
                #expect(lines == ["X-Before: kept", "X-After: kept"])
            } else {
                #expect(response?.status == 400)
                #expect(bench.upstream.requests.isEmpty)
            }
            await connection.close()
            try await bench.expectSoundOnNewConnection()
        }
    }
}
