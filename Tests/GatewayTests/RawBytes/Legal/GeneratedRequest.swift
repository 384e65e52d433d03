import TestKit

/// Legal requests out of a seed: what nobody would think of writing down.
enum GeneratedRequest {
    private static let token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._!#$%&'*+^`|~"
    private static let pathCharacters = "abcXYZ019-._~!$&'()*+,;=:@"
    private static let valueCharacters = "abcXYZ 019-._~!$&'()*+,;=:@\"<>{}[]\\|/?%\u{E9}\u{4F60}\u{1F6A2}"
    private static let escapes = ["%20", "%2B", "%3B", "%40", "%C3%A9", "%E2%82%AC", "%7e", "%2f"]
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT", "OPTIONS"]

    static func make(seed: UInt64) -> LegalRequest {
        var generator = SeededGenerator(seed: seed)
        var row = LegalRequest("seed \(seed)")
        row.method = generator.pick(methods) ?? "GET"
        row.target = target(&generator)
        row.separator = generator.pick([": ", ":", ":  ", ":\t"]) ?? ": "
        row.fields = (0..<generator.number(0...30)).map { number in field(number, &generator) }
        if row.method != "GET", !generator.oneIn(3) { addBody(to: &row, &generator) }
        if generator.oneIn(10) { row.pace = .inThirds }
        return row
    }

    private static func target(_ generator: inout SeededGenerator) -> String {
        var target = ""
        for _ in 0..<generator.number(1...6) {
            var segment = generator.text(0...12, of: pathCharacters)
            if generator.oneIn(3) { segment += generator.pick(escapes) ?? "" }
            // A segment of two dots is an attack, not an oddity; so is what starts with them before `;`.
            target += "/" + (segment.hasPrefix("..") ? "x" + segment : segment)
        }
        guard generator.oneIn(2) else { return target }
        let query = (0..<generator.number(0...8)).map { _ in generator.text(0...10, of: pathCharacters + "/?") }
        return target + "?" + query.joined(separator: "&")
    }

    private static func field(_ number: Int, _ generator: inout SeededGenerator) -> LegalRequest.Field {
        let name = "X-\(number)-" + generator.text(0...20, of: token)
        let value = generator.text(0...60, of: valueCharacters)
        return .init(name, String(String(value.drop { $0 == " " }).reversed().drop { $0 == " " }.reversed()))
    }

    private static func addBody(to row: inout LegalRequest, _ generator: inout SeededGenerator) {
        row.body = (0..<generator.number(0...3_000)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        if generator.oneIn(2) {
            row.framing = .length
            return
        }
        let sizes = (0..<generator.number(1...4)).map { _ in generator.number(1...900) }
        row.framing = .chunked(sizes: sizes, extension: generator.pick(["", ";a", ";a=b", ";a=\"b\""]) ?? "")
        row.trailers = (0..<generator.number(0...3)).map {
            .init("X-Trailer-\($0)", generator.text(0...9, of: "abc01;="))
        }
    }
}
