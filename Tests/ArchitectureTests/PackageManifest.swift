/// What `Package.swift` says of its targets, read from its text: a manifest can't be imported.
struct PackageManifest {
    /// Dependencies of each target by name: our targets and product names.
    private(set) var dependencies: [String: Set<String>] = [:]

    private nonisolated(unsafe) static let alias = #/let (\w+): Target\.Dependency = \.product\(name: "([^"]+)"/#
    private nonisolated(unsafe) static let target =
        #/\.(?:target|executableTarget|testTarget|systemLibrary)\(\s*name: "([^"]+)"/#
    private nonisolated(unsafe) static let list = #/dependencies: \[([^\]]*)\]/#

    init(_ text: String) {
        var products: [String: String] = [:]
        for match in text.matches(of: PackageManifest.alias) { products[String(match.1)] = String(match.2) }
        let starts = text.matches(of: PackageManifest.target)
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : text.endIndex
            let body = text[start.range.upperBound..<end]
            let items = body.firstMatch(of: PackageManifest.list)?.1.split(separator: ",") ?? []
            let names = items.map { item in
                let word = item.filter { !$0.isWhitespace && $0 != "\"" }
                return products[word] ?? word
            }
            dependencies[String(start.1)] = Set(names.filter { !$0.isEmpty })
        }
    }
}
