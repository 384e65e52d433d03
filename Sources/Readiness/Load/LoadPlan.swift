/// What a load run does: who comes, how often, what they do, and what must hold meanwhile.
public struct LoadPlan: Sendable {
    /// How fast people arrive. The model is open: they come whether or not those before them were served.
    public enum Arrival: Sendable, Equatable {
        /// People per second.
        case rate(Double)
        /// About so many at the same time: the rate follows from how long a visit takes by its pauses.
        case people(Int)
    }

    public struct Ramp: Sendable, Equatable {
        public var from: Double
        public var to: Double
        public var steps: Int
        /// More steps between the last rate that held and the first that didn't.
        public var narrowing = 3
        /// Seconds of each step.
        public var each: Double

        public init(from: Double, to: Double, steps: Int, each: Double) {
            self.from = from
            self.to = to
            self.steps = steps
            self.each = each
        }
    }

    public var name = "load"
    public var arrival = Arrival.rate(20)
    /// Seconds that are measured in each repeat.
    public var duration: Double = 10
    /// Seconds before, which count for nothing.
    public var warmUp: Double = 1
    public var repeats = 3
    /// Seconds between two repeats, in which nothing is sent.
    public var pause: Double = 1
    public var scenarios: [LoadScenario]
    /// What holds for all requests together.
    public var target = LoadTarget()
    public var ramp: Ramp?
    /// Connections at once; who finds none free waits, and the wait counts.
    public var connections = 1_000
    /// Seconds after which a request has failed.
    public var timeout: Double = 10

    public init(scenarios: [LoadScenario]) { self.scenarios = scenarios }

    /// One page, asked for again and again.
    public init(path: String) {
        self.init(scenarios: [
            LoadScenario(
                name: "page", steps: [LoadStep(operation: Operation(method: "GET", path: path), route: "GET \(path)")])
        ])
    }

    /// People per second.
    var rate: Double {
        switch arrival {
        case .rate(let rate): rate
        case .people(let people): Double(people) / max(0.05, visitSeconds)
        }
    }

    /// The mean of what a visit takes by its pauses alone, weighted.
    private var visitSeconds: Double {
        let weights = scenarios.reduce(0) { $0 + $1.weight }
        guard weights > 0 else { return 1 }
        let sum = scenarios.reduce(0) { $0 + $1.weight * $1.steps.reduce(0) { $0 + $1.think.mean } }
        return sum / weights
    }

    /// The bounds that no plan may pass.
    public enum Bound {
        public static let rate = 20_000.0
        public static let people = 5_000
        public static let seconds = 86_400.0
        public static let connections = 4_000
    }
}

/// One kind of visit.
public struct LoadScenario: Sendable {
    public var name: String
    public var weight: Double = 1
    /// Identities of `readiness.yaml`, given to visitors in turn; nobody signs in when empty.
    public var identities: [String] = []
    public var steps: [LoadStep]
}

/// One request of a visit.
public struct LoadStep: Sendable {
    public var operation: Operation
    public var body: BodyTemplate?
    /// Fields of the request, with `{name}` in their values.
    public var fields: [(name: String, value: String)] = []
    /// Under what name its latencies are counted; never with an id in it.
    public var route: String
    /// Seconds that a person waits before it.
    public var think = LoadPause.none
    /// Statuses that count as success; 2xx and 3xx when empty.
    public var expect: [Int] = []
    /// Names for `{name}` in later steps, and where in the answer their values stand.
    public var take: [(name: String, from: LoadSource)] = []
    public var target = LoadTarget()

    /// The names that stand in braces in its address, fields and body, in order.
    var placeholders: [String] {
        var texts = [operation.path] + fields.map(\.value)
        switch body {
        case .json(let text): texts.append(text)
        case .form(let fields): texts += fields.map(\.value)
        case nil: break
        }
        var found: [String] = []
        for text in texts {
            for match in text.matches(of: #/\{([A-Za-z_][A-Za-z0-9_-]*)\}/#) where !found.contains(String(match.1)) {
                found.append(String(match.1))
            }
        }
        return found
    }
}

/// A pause, drawn evenly between two bounds in seconds.
public struct LoadPause: Sendable, Equatable {
    public var from: Double
    public var to: Double
    public static let none = LoadPause(from: 0, to: 0)
    var mean: Double { (from + to) / 2 }
}

/// What must hold; milliseconds, and the share of failed requests from 0 to 1.
public struct LoadTarget: Sendable, Equatable, Codable {
    public var p50: Double?
    public var p95: Double?
    public var p99: Double?
    public var errors: Double?

    public init(p50: Double? = nil, p95: Double? = nil, p99: Double? = nil, errors: Double? = nil) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
        self.errors = errors
    }

    var isEmpty: Bool { p50 == nil && p95 == nil && p99 == nil && errors == nil }
}
