/// The id that a request is quoted by.
enum RequestIdentifier {
    /// A client's own id when it is harmless (1 to 64 of `A-Z a-z 0-9 . _ -`), else nil.
    static func validated(_ value: String?) -> String? {
        guard let value, !value.isEmpty, value.utf8.count <= 64 else { return nil }
        let harmless = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return harmless ? value : nil
    }
}
