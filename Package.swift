// swift-tools-version:6.2
import PackageDescription

/// What every one of our own targets is built with: Swift 6 language mode comes with the tools version.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "seaworthy",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "seaworthy", targets: ["seaworthy"]),
        .executable(name: "tradingdesk", targets: ["tradingdesk"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // No pkgConfig: its flags hold a -D that the package manager refuses, and the header is in the default place.
        .systemLibrary(name: "CHiredis", path: "Sources/CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CPq", path: "Sources/CPq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Sources/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CArgon2", path: "Sources/CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(
            name: "CQrencode", path: "Sources/CQrencode", pkgConfig: "libqrencode",
            providers: [.apt(["libqrencode-dev"])]),
        .target(name: "CCrypt", linkerSettings: [.linkedLibrary("crypt")]),
        .target(name: "Kernel", swiftSettings: house),
        .target(
            name: "Store", dependencies: ["Kernel", "CHiredis", "CPq", nioPosix, grdb, grdbSQLite, crypto],
            swiftSettings: house),
        .target(name: "Web", dependencies: ["Kernel", nio, nioPosix, nioHTTP1], swiftSettings: house),
        .target(
            name: "Protection", dependencies: ["Kernel", "Store", "Web", "CZlib", nio, nioHTTP1], swiftSettings: house),
        .target(
            name: "Egress", dependencies: ["Kernel", nio, nioPosix, nioHTTP1, nioSSL, nioTLS], swiftSettings: house),
        .target(
            name: "Observability", dependencies: ["Kernel", "Store", "Web", "Egress", nio, nioHTTP1, crypto],
            swiftSettings: house),
        .target(
            name: "Operations",
            dependencies: ["Kernel", "Store", "Egress", "CCurl", "CZlib", nioPosix, crypto, cryptoExtras, mustache],
            swiftSettings: house),
        .target(
            name: "Identity",
            dependencies: [
                "Kernel", "Store", "Web", "Egress", "CCrypt", "CArgon2", "CQrencode", nio, nioPosix, nioHTTP1, crypto,
                cryptoExtras,
            ], swiftSettings: house),
        .target(name: "Console", dependencies: ["Kernel", mustache], swiftSettings: house),
        .target(
            name: "Proxy", dependencies: ["Kernel", "Web", nio, nioPosix, nioHTTP1], swiftSettings: house),
        .target(
            name: "Gateway",
            dependencies: [
                "Kernel", "Store", "Web", "Egress", "Identity", "Protection", "Observability", "Operations", "Proxy",
                "Console", "LaunchDesk",
                nio,
                nioPosix, nioHTTP1, nioHTTP2, nioHPACK, nioSSL, nioTLS, httpTypes, hummingbird, x509, asn1, crypto,
                yams,
                lifecycle, logging,
            ], swiftSettings: house),
        .target(
            name: "Readiness",
            dependencies: [
                "Kernel", "CZlib", nio, nioPosix, nioHTTP1, nioWebSocket, nioSSL, yams, mustache, histogram, crypto,
                x509, asn1,
            ],
            swiftSettings: house),
        .target(name: "LaunchDesk", dependencies: ["Kernel", "Store", "Readiness", crypto], swiftSettings: house),
        .executableTarget(
            name: "seaworthy", dependencies: ["Kernel", "Gateway", "Readiness", "LaunchDesk", argumentParser],
            swiftSettings: house),
        .target(
            name: "TestKit", dependencies: ["Kernel", "Store", "Web", nio, nioPosix, nioHTTP1, nioEmbedded],
            exclude: [
                "Mail/smtp-server.py", "Killer/kill-point.c", "ForeignApps/clinic-app.py",
                "ForeignApps/django-admin-app.py", "ForeignApps/flask-login-app.py", "ForeignApps/notebook-app.py",
                "ForeignApps/ticket-office-app.py",
            ], swiftSettings: house),

        .executableTarget(
            name: "jobs-bench", dependencies: ["Kernel", "Store", "TestKit"], path: "Benchmarks/Sources/jobs-bench",
            swiftSettings: house),

        .target(
            name: "CTradingDeskCrypt", path: "Examples/TradingDesk/Sources/CTradingDeskCrypt",
            linkerSettings: [.linkedLibrary("crypt")]),
        .target(
            name: "TradingDeskApp",
            dependencies: [
                "CTradingDeskCrypt", "CZlib", hummingbird, hummingbirdCore, hummingbirdTLS, grdb, mustache, x509, asn1,
                crypto,
                nioSSL, nio, nioHTTP1, httpTypes, logging,
            ],
            path: "Examples/TradingDesk/Sources/TradingDeskApp", swiftSettings: house),
        .executableTarget(
            name: "tradingdesk", dependencies: ["TradingDeskApp", argumentParser],
            path: "Examples/TradingDesk/Sources/tradingdesk", swiftSettings: house),

        // Ten lines that we give away; no room of ours is in it.
        .target(
            name: "HummingbirdSample", dependencies: [hummingbird, httpTypes, crypto],
            path: "Examples/identity/hummingbird", swiftSettings: house),

        .testTarget(name: "KernelTests", dependencies: ["Kernel", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "OperationsTests",
            dependencies: ["Kernel", "Operations", "Store", "Egress", "TestKit", "CZlib", crypto],
            swiftSettings: house),
        .testTarget(name: "StoreTests", dependencies: ["Kernel", "Store", "TestKit"], swiftSettings: house),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Kernel", "Store", "Web", "Egress", "Identity", "TestKit", nio, nioHTTP1, crypto, cryptoExtras,
            ],
            exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(
            name: "EgressTests", dependencies: ["Kernel", "Egress", "TestKit", nio, nioPosix, nioHTTP1, nioSSL],
            swiftSettings: house),
        .testTarget(
            name: "WebTests", dependencies: ["Kernel", "Web", "TestKit", nio, nioPosix, nioHTTP1, nioEmbedded],
            swiftSettings: house),
        .testTarget(
            name: "ProtectionTests", dependencies: ["Protection", "Store", "TestKit", "CZlib", nio, nioHTTP1],
            swiftSettings: house),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: ["Kernel", "Store", "Egress", "Observability", "TestKit", nio, nioHTTP1, crypto],
            swiftSettings: house),
        .testTarget(
            name: "ProxyTests", dependencies: ["Kernel", "Proxy", "TestKit", nio, nioPosix, nioHTTP1, nioEmbedded],
            swiftSettings: house),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Kernel", "Store", "Web", "Gateway", "Observability", "Protection", "Readiness", "TestKit", "Console",
                "Identity", "LaunchDesk",
                "TradingDeskApp", "HummingbirdSample",
                nio, nioPosix,
                nioHTTP1, nioHTTP2,
                httpTypes, hummingbird, nioHPACK, nioSSL, nioEmbedded, x509, asn1, crypto,
            ],
            exclude: [
                "Console/console-browser.py", "Browser", "Adoption/factor-browser.py",
                "Identity/back-channel-provider.py",
            ], swiftSettings: house),
        .testTarget(
            name: "ReadinessTests", dependencies: ["Readiness", "TradingDeskApp", "TestKit", nio, nioPosix, nioHTTP1],
            exclude: ["Report/report-page.py", "Checklists/Labels", "Source/Planted", "Claims/seed-claims.py"],
            swiftSettings: house),
        .testTarget(
            name: "TradingDeskTests",
            dependencies: [
                "TradingDeskApp", hummingbird, hummingbirdTesting, grdb, nio, nioPosix, nioSSL, httpTypes, crypto, x509,
                asn1,
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Examples/TradingDesk/Tests/TradingDeskTests", swiftSettings: house),
        .testTarget(
            name: "LaunchDeskTests", dependencies: ["Kernel", "Store", "Readiness", "LaunchDesk", "TestKit"],
            swiftSettings: house),
        .testTarget(name: "CommandTests", dependencies: ["Kernel", "Store", "TestKit", crypto], swiftSettings: house),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestKit"], swiftSettings: house),
    ]
)
