internal import Kernel

/// Whether a client takes gzip (RFC 9110 §12.5.3).
enum AcceptEncoding {
    /// True when gzip (or `*`) has a quality above zero and isn't outdone by `identity`.
    static func takesGzip(_ lines: [String]) -> Bool {
        var seen = Weights()
        for line in lines { read(line, into: &seen) }
        let taken = seen.gzip ?? seen.any ?? 0
        return taken > 0 && taken >= (seen.identity ?? 0)
    }

    private struct Weights {
        var gzip: Int?
        var any: Int?
        var identity: Int?
    }

    private static func read(_ line: String, into seen: inout Weights) {
        var rest = Substring(line).utf8
        while !rest.isEmpty {
            let member = rest.prefix(while: { $0 != 0x2C })
            rest = rest.dropFirst(member.count).dropFirst()
            let name = Substring(member.prefix(while: { $0 != 0x3B })).trimmingBlanks
            let parameters = Substring(member.drop(while: { $0 != 0x3B }).dropFirst())
            let weight = parameters.isEmpty ? 1000 : Quality.thousandths(parameters)
            if name.isEqualIgnoringCase(to: "gzip") || name.isEqualIgnoringCase(to: "x-gzip") {
                seen.gzip = weight
            } else if name == "*" {
                seen.any = weight
            } else if name.isEqualIgnoringCase(to: "identity") {
                seen.identity = weight
            }
        }
    }
}

/// Weights of content negotiation (RFC 9110 §12.4.2).
enum Quality {
    /// The `q` of a member's parameters in thousandths: 1000 where there is none, 0 where it is nonsense.
    static func thousandths(_ parameters: Substring) -> Int {
        for parameter in parameters.split(separator: ";") {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = pair.first, let value = pair.last,
                name.trimmingBlanks.isEqualIgnoringCase(to: "q")
            else { continue }
            return parse(value.trimmingBlanks)
        }
        return 1000
    }

    /// `0`, `1`, up to three digits after the point, never above 1.
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
        return value > 1000 ? 0 : value
    }
}

extension Substring {
    /// Without blanks and tabs around it.
    var trimmingBlanks: Substring {
        let start = utf8.drop(while: { $0 == 0x20 || $0 == 0x09 })
        guard let end = start.lastIndex(where: { $0 != 0x20 && $0 != 0x09 }) else { return "" }
        return Substring(start.prefix(through: end))
    }
}
