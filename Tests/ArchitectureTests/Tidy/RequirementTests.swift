import Testing

/// Numbers of requirements that we print, against the standard: OWASP ASVS 5.0.0, whose chapters have sections of so many requirements
/// each, numbered from one. (OWASP/ASVS, 5.0/docs_en, the CSV file.)
@Suite("Requirements of ASVS")
struct RequirementTests {
    static let counts: [Int: [Int]] = [
        1: [2, 10, 12, 3, 3],
        2: [3, 3, 5, 2],
        3: [1, 3, 5, 8, 8, 1, 5],
        4: [5, 5, 2, 4],
        5: [1, 6, 3, 3],
        6: [3, 12, 8, 6, 8, 4, 2, 4],
        7: [3, 4, 2, 5, 3, 2],
        8: [4, 4, 3, 2],
        9: [3, 4],
        10: [2, 3, 5, 16, 5, 2, 3],
        11: [4, 5, 5, 4, 2, 2, 2],
        12: [5, 2, 5],
        13: [4, 6, 4, 7],
        14: [2, 8, 3],
        15: [5, 5, 7, 4],
        16: [1, 5, 4, 3, 4],
        17: [2, 8, 2],
    ]

    /// Every id in a text, such as `V6.2.10`.
    static func ids(in text: String) -> Set<String> {
        Set(text.matches(of: #/\bV[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,3}\b/#).map { String($0.0) })
    }

    static func exists(_ id: String) -> Bool {
        let numbers = id.dropFirst().split(separator: ".").compactMap { Int($0) }
        guard numbers.count == 3, let sections = counts[numbers[0]], sections.indices.contains(numbers[1] - 1) else {
            return false
        }
        return (1...sections[numbers[1] - 1]).contains(numbers[2])
    }

    @Test("the standard's table is whole: 345 requirements in 17 chapters")
    func whole() {
        #expect(Self.counts.count == 17 && Self.counts.values.flatMap(\.self).reduce(0, +) == 345)
        for id in ["V1.1.1", "V6.2.12", "V10.4.16", "V17.3.2"] { #expect(Self.exists(id)) }
        for id in ["V0.1.1", "V6.2.13", "V6.9.1", "V18.1.1", "V6.0.1", "V6.2.0"] { #expect(!Self.exists(id)) }
    }

    @Test("whatever requirement we name exists")
    func named() {
        let files = ProjectTree.files(in: ["Sources"]) + ProjectTree.files(in: ["docs"], suffix: "md")
        var found = 0
        for file in files {
            for id in Self.ids(in: file.text).sorted() {
                found += 1
                #expect(Self.exists(id), "\(file.path) names \(id), and ASVS 5.0 has no such requirement")
            }
        }
        #expect(found > 100, "the sources were not found")
    }

    @Test("each page of what has to do with accounts says which it meets, and whether any isn't")
    func pages() {
        for page in [
            "adopt", "api-key", "lockout", "oidc", "password", "projects", "refresh", "roles", "session", "sign-up",
            "token", "two-factor",
        ] {
            let text = ProjectTree.text("docs/capabilities/\(page).md")
            #expect(text.contains("ASVS 5.0: V") && text.contains("Not met:"), "docs/capabilities/\(page).md")
        }
    }
}
