import Testing

@testable import Protection

@Suite("Which codings a client takes")
struct AcceptEncodingTests {
    @Test(
        "gzip goes out only where it has a weight above zero and identity isn't preferred",
        arguments: [
            ([], false), ([""], false), (["gzip"], true), (["GZip"], true), (["x-gzip"], true), (["br"], false),
            (["gzip, deflate, br, zstd"], true), (["gzip;q=0"], false), (["gzip;q=0.000"], false),
            (["gzip; q=0.001"], true), (["gzip;Q=0.5"], true), (["*"], true), (["*;q=0"], false),
            (["gzip;q=0, *"], false), (["*;q=0, gzip"], true), (["identity"], false),
            (["identity;q=1, gzip;q=0.5"], false),
            (["identity;q=0.5, gzip;q=0.5"], true), (["identity;q=0, gzip"], true), (["br", "gzip"], true),
            (["gzip;q=2"], false), (["gzip;q=1.001"], false), (["gzip;q=abc"], false), (["gzip;q=0.1234"], false),
            (["gzip;q="], false), (["gzip;level=1"], true), ([" ,, gzip ,"], true), (["gzipped"], false),
            (["notgzip"], false), ([";q=1"], false), (["gzip\t;\tq=0.3"], true),
        ] as [([String], Bool)])
    func takes(lines: [String], expected: Bool) {
        #expect(AcceptEncoding.takesGzip(lines) == expected)
    }

    @Test(
        "text is compressible, pictures, archives and event streams are not",
        arguments: [
            ("text/html; charset=utf-8", true), ("TEXT/CSS", true), ("text/event-stream", false),
            ("text/event-stream; charset=utf-8", false), ("application/json", true), ("application/problem+json", true),
            ("application/vnd.api+json;v=1", true), ("image/svg+xml", true), ("application/atom+xml", true),
            ("application/javascript", true), ("application/wasm", true), ("font/ttf", true), ("font/woff2", false),
            ("image/png", false), ("image/jpeg", false), ("application/zip", false), ("application/pdf", false),
            ("application/octet-stream", false), ("multipart/form-data", false), ("", false), ("text", false),
            (";text/html", false), ("video/mp4", false), ("application/grpc", false),
        ])
    func types(type: String, expected: Bool) {
        #expect(CompressibleType.matches(type) == expected)
    }
}
