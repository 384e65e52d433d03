/// Where does the body end? Whoever can make two parsers disagree smuggles a request (RFC 9112 section 6.3, 11.2).
extension MalformedRequests {
    static let lengths: [MalformedRequest] = [
        .with(
            "both lengths, Content-Length first", "Content-Length: 5\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with(
            "both lengths, Transfer-Encoding first", "Transfer-Encoding: chunked\r\nContent-Length: 5",
            body: "0\r\n\r\n"),
        .with("both lengths, Content-Length 0", "Content-Length: 0\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with("both lengths, in odd case", "cONTENT-lENGTH: 5\r\ntRANSFER-eNCODING: Chunked", body: "0\r\n\r\n"),
        .with(
            "both lengths on a GET", "Content-Length: 5\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n", method: "GET"
        ),
        .with("Content-Length twice, alike", "Content-Length: 5\r\nContent-Length: 5", body: "hello"),
        .with("Content-Length twice, unlike", "Content-Length: 5\r\nContent-Length: 0", body: "hello"),
        .with("Content-Length twice in odd cases", "Content-Length: 0\r\ncontent-length: 5", body: "hello"),
        .with("Content-Length as a list, alike", "Content-Length: 5, 5", body: "hello"),
        .with("Content-Length as a list, unlike", "Content-Length: 5, 6", body: "hello"),
        .with("Content-Length with a plus", "Content-Length: +5", body: "hello"),
        .with("Content-Length below zero", "Content-Length: -5", body: "hello"),
        .with("Content-Length minus zero", "Content-Length: -0"),
        .with("Content-Length in hexadecimal", "Content-Length: 0x5", body: "hello"),
        .with("Content-Length with a letter after it", "Content-Length: 5a", body: "hello"),
        .with("Content-Length with a fraction", "Content-Length: 5.0", body: "hello"),
        .with("Content-Length with an exponent", "Content-Length: 1e1", body: "hello12345"),
        .with("Content-Length with an underscore", "Content-Length: 1_0", body: "hello12345"),
        .with("Content-Length with a space inside", "Content-Length: 1 0", body: "hello12345"),
        .with("Content-Length with a semicolon", "Content-Length: 5;", body: "hello"),
        .with("Content-Length empty", "Content-Length:", body: "hello"),
        .with("Content-Length of spaces", "Content-Length:   ", body: "hello"),
        .with("Content-Length quoted", "Content-Length: \"5\"", body: "hello"),
        .with("Content-Length over 64 bits", "Content-Length: 18446744073709551621", body: "hello"),
        .with("Content-Length over 63 bits", "Content-Length: 9223372036854775813", body: "hello"),
        .with("Content-Length of 60 digits", "Content-Length: " + String(repeating: "9", count: 60), body: "hello"),
        .with("Content-Length in Arabic digits", "Content-Length: \u{0665}", body: "hello"),
        .with("Content-Length in full-width digits", "Content-Length: \u{FF15}", body: "hello"),
        .with("space before the colon of Content-Length", "Content-Length : 5", body: "hello"),
        .with("tab before the colon of Content-Length", "Content-Length\t: 5", body: "hello"),
        // Legal white space that NIO's parser doesn't take just there: refused, never read in another way.
        .with("tab behind Content-Length", "Content-Length: 5\t", body: "hello"),
        .with("tab behind chunked", "Transfer-Encoding: chunked\t", body: "0\r\n\r\n"),
        .with("Content-Length folded", "Content-Length:\r\n 5", body: "hello"),
        .with("Content-Length hidden in a fold", "X-A: b\r\n Content-Length: 5", body: "hello"),
        .with("Content-Length behind a vertical tab", "Content-Length:\u{0B}5", body: "hello"),
        .with("Content-Length behind a form feed", "Content-Length:\u{0C}5", body: "hello"),
        .with("Content-Length with NUL", "Content-Length: 5\0", body: "hello"),
        .with("Content-Length behind a bare CR", "X-A: b\rContent-Length: 5", body: "hello"),
        .with("Content-Length behind a bare LF", "X-A: b\nContent-Length: 5", body: "hello"),
    ]

    /// Transfer codings that nobody here knows: RFC 9112 section 6.1 asks for 501.
    private static let unknownCodings: [String] = [
        "xchunked", "identity", "identity, chunked", "gzip, chunked", "cow", "chunked;a=b", "\"chunked\"", ",chunked",
        ", chunked", "\u{00A0}chunked", "chunked\u{00E9}", "chunked x", "x chunked", "'chunked'", "", "deflate",
        "chunke",
        "[chunked]",
    ]
    /// Values that are not exactly `chunked`, though some parser would take them for it.
    private static let almostChunked: [String] = [
        "chunked, identity", "chunked, chunked", "chunked,", "chunked\u{0B}", "\u{0B}chunked", "\u{0C}chunked",
        "chunked\0",
        "\0chunked", "chun\0ked", "chunked\u{7F}", "chunked\rX",
    ]

    static let transferEncodings: [MalformedRequest] =
        almostChunked.map { encoding($0, 400) } + unknownCodings.map { encoding($0, 501) } + otherEncodings

    private static func encoding(_ value: String, _ status: Int) -> MalformedRequest {
        .with(
            "Transfer-Encoding: \(value.debugDescription)", "Transfer-Encoding: \(value)",
            body: "5\r\nhello\r\n0\r\n\r\n", status: status)
    }

    private static let otherEncodings: [MalformedRequest] = [
        .with(
            "Transfer-Encoding twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with(
            "Transfer-Encoding twice, unlike", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            body: "0\r\n\r\n"),
        .with(
            "Transfer-Encoding twice, the other way round", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
            body: "0\r\n\r\n", status: 501),
        .with("space before the colon of Transfer-Encoding", "Transfer-Encoding : chunked", body: "0\r\n\r\n"),
        .with("tab before the colon of Transfer-Encoding", "Transfer-Encoding\t: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding folded", "Transfer-Encoding:\r\n chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding folded with a tab", "Transfer-Encoding:\r\n\tchunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding hidden in a fold", "X-A: b\r\n Transfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding behind a bare LF", "X-A: b\nTransfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding behind a bare CR", "X-A: b\rTransfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding split by a bare LF", "Transfer-Encoding\n: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding split by a bare CR", "Transfer-\rEncoding: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding behind a space", " Transfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding behind a NUL", "\0Transfer-Encoding: chunked", body: "0\r\n\r\n"),
        .with("Transfer-Encoding on HTTP/1.0", "Transfer-Encoding: chunked", body: "0\r\n\r\n", version: "1.0"),
        .with(
            "both lengths on HTTP/1.0", "Content-Length: 5\r\nTransfer-Encoding: chunked", body: "0\r\n\r\n",
            version: "1.0"),
        .with(
            "CL.TE with a request in the body", "Content-Length: 44\r\nTransfer-Encoding: chunked",
            body: "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        .with(
            "TE.CL with a request in the chunk", "Content-Length: 4\r\nTransfer-Encoding: chunked",
            body: "2e\r\nGET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n\r\n0\r\n\r\n"),
        .with(
            "TE.TE with a request behind", "Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
            body: "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    ]

    static let chunks: [MalformedRequest] = [
        .chunked("chunk size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size with a plus", "+5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size below zero", "-5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size behind a space", " 5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size behind a tab", "\t5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size with a fraction", "5.0\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size of letters", "xyz\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size missing", "\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size with two numbers", "5 5\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size in Arabic digits", "\u{0665}\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size with NUL", "5\0\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size over 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size of 40 digits", String(repeating: "F", count: 40) + "\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size ended by a bare LF", "5\nhello\r\n0\r\n\r\n"),
        .chunked("chunk size ended by a bare CR", "5\rhello\r\n0\r\n\r\n"),
        .chunked("chunk extension with a bare LF", "5;a\nhello\r\n0\r\n\r\n"),
        .chunked("chunk extension with a bare CR", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk extension with NUL", "5;a=\0\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk shorter than its size", "6\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
        .chunked("chunk ended by a bare LF", "5\r\nhello\n0\r\n\r\n"),
        .chunked("chunk ended by a bare CR", "5\r\nhello\r0\r\n\r\n"),
        .chunked("chunk ended by two bytes of something", "5\r\nhelloXX0\r\n\r\n"),
        .chunked("trailers ended by a bare LF", "0\r\n\nGET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        .chunked("trailer without a colon", "0\r\nX-Trailer\r\n\r\n"),
        .chunked("trailer with a space before the colon", "0\r\nX-Trailer : a\r\n\r\n"),
        .chunked("trailer folded", "0\r\nX-Trailer: a\r\n b\r\n\r\n"),
        .chunked("trailer with NUL", "0\r\nX-Trailer: a\0b\r\n\r\n"),
        .chunked("trailer with a bare LF", "0\r\nX-Trailer: a\nX-Other: b\r\n\r\n"),
        .chunked("trailer with a bare CR", "0\r\nX-Trailer: a\rX-Other: b\r\n\r\n"),
        .chunked("body cut off in a chunk", "5\r\nhel", isCutOff: true),
        .chunked("body cut off in a chunk size", "5", isCutOff: true),
        .chunked("body cut off before the last chunk", "5\r\nhello\r\n", isCutOff: true),
        .chunked("body cut off in the last chunk", "5\r\nhello\r\n0\r\n", isCutOff: true),
        .chunked("body cut off in the trailers", "5\r\nhello\r\n0\r\nX-Trailer: a\r\n", isCutOff: true),
        MalformedRequest(
            "body cut off before its Content-Length",
            "POST /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nhello", 0, forwarding: .neverWhole,
            isCutOff: true),
    ]
}
