internal import Kernel
internal import Web

/// Merges into `Vary` (RFC 9110 §12.5.5).
enum Vary {
    static func add(_ field: String, to fields: inout FieldList) {
        guard fields.has(.vary) else { return fields.add(.vary, "Vary", field) }
        let members = fields.values(.vary).flatMap(\.listMembers)
        let folded = field.lowercased()
        if members.contains(where: { $0 == "*" || $0.isEqualIgnoringCase(to: folded) }) { return }
        fields.set(.vary, "Vary", (members + [field[...]]).joined(separator: ", "))
    }
}
