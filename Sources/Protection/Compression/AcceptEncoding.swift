internal import Kernel

/// Whether a client takes gzip (RFC 9110 §12.5.3).
enum AcceptEncoding {
    /// True when gzip (or `*`) has a quality above zero and isn't outdone by `identity`.
    static func takesGzip(_ lines: [String]) -> Bool {
        var gzip: Int?
        var any: Int?
        var identity: Int?
        for member in lines.flatMap(\.listMembers) {
            let parts = member.split(separator: ";", maxSplits: 1)
            guard let coding = parts.first?.trimming(while: { $0 == " " }) else { continue }
            let quality = parts.count > 1 ? Quality.thousandths(parts.last ?? "") : 1000
            if coding.isEqualIgnoringCase(to: "gzip") || coding.isEqualIgnoringCase(to: "x-gzip") { gzip = quality }
            if coding == "*" { any = quality }
            if coding.isEqualIgnoringCase(to: "identity") { identity = quality }
        }
        let taken = gzip ?? any ?? 0
        return taken > 0 && taken >= (identity ?? 0)
    }
}

/// Weights of content negotiation (RFC 9110 §12.4.2).
enum Quality {
    /// The `q` of a member's parameters in thousandths: 1000 where there is none, 0 where it is nonsense.
    static func thousandths(_ parameters: Substring) -> Int {
        for parameter in parameters.split(separator: ";") {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let name = pair.first, let value = pair.last,
                name.trimming(while: { $0 == " " }).isEqualIgnoringCase(to: "q")
            else { continue }
            return parse(value.trimming(while: { $0 == " " }))
        }
        return 1000
    }

    private static func parse(_ text: Substring) -> Int {
        guard let first = text.utf8.first, first == 0x30 || first == 0x31, text.utf8.count <= 5 else { return 0 }
        let fraction = text.utf8.dropFirst()
        guard fraction.isEmpty || fraction.first == 0x2E else { return 0 }
        var value = first == 0x31 ? 1000 : 0
        var place = 100
        for digit in fraction.dropFirst() {
            guard digit.isASCIIDigit else { return 0 }
            value = value &+ Int(digit &- 0x30) &* place
            place /= 10
        }
        return min(value, 1000)
    }
}
