internal import Kernel
internal import NIOHTTP1

/// Merges into `Vary` (RFC 9110 §12.5.5).
enum Vary {
    static func add(_ field: String, to headers: inout HTTPHeaders) {
        guard headers.contains(name: "vary") else { return headers.add(name: "Vary", value: field) }
        let members = headers[canonicalForm: "vary"]
        let folded = field.lowercased()
        if members.contains(where: { $0 == "*" || $0.isEqualIgnoringCase(to: folded) }) { return }
        headers.replaceOrAdd(name: "Vary", value: (members + [field[...]]).joined(separator: ", "))
    }
}
