import Kernel
import Testing

@Suite("Reading settings")
struct ConfigurationReaderTests {
    private let count = Setting<Int>.number("limits.count", summary: "A count.", default: 3, in: 1...10)
    private let key = Setting<Secret?>(
        "limits.key", summary: "A secret.", form: "8 characters", default: nil, defaultText: "none", isSecret: true,
        parse: { node in node.text.flatMap { $0.count == 8 ? .some(Secret($0)) : nil } })

    private func reader(_ values: [String: ConfigurationNode], mode: ControlMode = .observe) -> ConfigurationReader {
        ConfigurationReader(
            values: values.mapValues { ConfigurationValue($0, origin: "test:1") }, defaultMode: mode,
            environment: .development)
    }

    @Test("A missing key gives the default and is no error")
    func missing() {
        var reader = reader([:])
        #expect(reader.read(count) == 3)
        reader.reportUnknownKeys()
        #expect(reader.errors.isEmpty)
        #expect(reader.settings.map(\.key) == ["limits.count"])
    }

    @Test("A wrong value gives the default and an error with key, value, form and origin")
    func wrong() {
        var reader = reader(["limits.count": .scalar("eleven")])
        #expect(reader.read(count) == 3)
        #expect(
            reader.errors == [
                ConfigurationError(
                    key: "limits.count", given: "eleven", valid: "a whole number from 1 to 10", origin: "test:1")
            ])
    }

    @Test("A list or a map where a scalar belongs is shown as it would be written")
    func structure() {
        var reader = reader([
            "limits.count": .list([.scalar("1"), .mapping([ConfigurationEntry(key: "a", value: .scalar("b"))])])
        ])
        _ = reader.read(count)
        #expect(reader.errors.first?.given == "[1, {a: b}]")
    }

    @Test("A wrong secret is never shown")
    func secret() {
        var reader = reader(["limits.key": .scalar("hunter2")])
        #expect(reader.read(key) == nil)
        #expect(reader.errors.first?.given == nil)
        #expect(!"\(reader.errors)".contains("hunter2"))
    }

    @Test(
        "Every unknown key is reported with the nearest that exists",
        arguments: [
            ("limits.cuont", "limits.count"), ("limit.count", "limits.count"), ("count", "limits.count"),
            ("limits.kee", "limits.key"),
            ("LIMITS.KEY", "limits.key"),
        ])
    func unknown(_ given: String, _ nearest: String) {
        var reader = reader([given: .scalar("hunter2"), "limits.count": .scalar("2")])
        _ = reader.read(count)
        _ = reader.read(key)
        reader.reportUnknownKeys()
        #expect(reader.errors.map(\.key) == [given])
        #expect(reader.errors.first?.nearestKey == nearest)
        #expect(reader.errors.first?.given == nil, "an unknown key may be a misspelt secret")
    }

    @Test("A control's mode is its own key's, else the general one")
    func modes() {
        var reader = reader(["a.mode": .scalar("off"), "b.mode": .scalar("sometimes")], mode: .enforce)
        #expect(reader.mode(of: "a") == .off)
        #expect(reader.mode(of: "b") == .enforce)
        #expect(reader.mode(of: "c") == .enforce)
        #expect(reader.errors.map(\.key) == ["b.mode"])
    }

    @Test(
        "Edit distance",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 2),
            ("kitten", "sitting", 3),
        ])
    func distance(_ a: String, _ b: String, _ expected: Int) {
        #expect(editDistance(a, b) == expected)
        #expect(editDistance(b, a) == expected)
    }

    @Test("Edit distance stays bounded for very long texts")
    func longDistance() {
        #expect(editDistance(String(repeating: "a", count: 100_000), String(repeating: "b", count: 100_000)) == 64)
    }
}

@Suite("Values of the kernel")
struct KernelValueTests {
    @Test("A secret shows itself nowhere but where it is asked to")
    func secret() {
        let secret = Secret("opensesame")
        struct Holder { let secret: Secret }
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(Holder(secret: secret))", "\([secret])", dumped] {
            #expect(!text.contains("opensesame"), "\(text)")
        }
        #expect(secret.reveal() == "opensesame")
    }

    @Test(
        "Times in ISO 8601",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_123, "2024-02-29T00:00:00.123Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1970-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func timestamps(_ milliseconds: Int64, _ expected: String) {
        #expect(Timestamp(nanosecondsSinceEpoch: milliseconds * 1_000_000).iso8601 == expected)
    }

    @Test("Addresses know the loopback, and IPv4 in IPv6 is IPv4")
    func addresses() {
        #expect(IPAddress(v4: 0x7F00_0001).isLoopback && IPAddress(v4: 0x7FFF_FFFF).isLoopback)
        #expect(!IPAddress(v4: 0x8000_0001).isLoopback && !IPAddress(v4: 0).isLoopback)
        #expect(IPAddress(v6High: 0, low: 1).isLoopback && !IPAddress(v6High: 0, low: 2).isLoopback)
        #expect(IPAddress(v6High: 0, low: 0xFFFF_7F00_0001) == IPAddress(v4: 0x7F00_0001))
        #expect(IPAddress(v6High: 1, low: 0xFFFF_7F00_0001) != IPAddress(v4: 0x7F00_0001))
    }
}
