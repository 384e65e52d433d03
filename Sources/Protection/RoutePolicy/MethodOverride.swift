internal import Kernel
internal import NIOHTTP1
internal import Web

/// Methods that a framework might run instead of the one on the request line.
enum MethodOverrideReader {
    private static let headers = FieldNameTable(
        ["x-http-method-override", "x-http-method", "x-method-override"], foldsAliases: true)

    /// The overriding methods that headers name, in upper case.
    static func fromHeaders(_ fields: HTTPHeaders) -> [String] {
        fields.filter { headers.contains($0.name) }.compactMap { method($0.value[...]) }
    }

    /// The values of `_method` in a query or an urlencoded form, decoded.
    static func fromForm(_ text: Substring) -> [String] {
        text.split(separator: "&").compactMap { pair -> String? in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            let name = decoded(pair[..<equals])
            guard name == "_method" || name == "_METHOD" else { return nil }
            return method(decoded(pair[pair.index(after: equals)...])[...])
        }
    }

    private static func decoded(_ text: Substring) -> String {
        String(decoding: TargetReader.percentDecoded(text.utf8.map { $0 == 0x2B ? 0x20 : $0 }), as: UTF8.self)
    }

    private static func method(_ text: Substring) -> String? {
        let name = text.trimming(while: { $0 == " " }).uppercased()
        return !name.isEmpty && name.utf8.count <= 32 && name.utf8.allSatisfy(\.isTokenCharacter) ? name : nil
    }
}
