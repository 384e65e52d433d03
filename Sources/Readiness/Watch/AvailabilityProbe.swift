/// Asks one page as a browser would, once, with a limit on its time.
public struct AvailabilityProbe: Sendable {
    private let client: ProbeClient
    private let target: SiteURL

    public init(target: SiteURL, limit: Duration = .seconds(10)) throws {
        client = try ProbeClient(limit: limit)
        self.target = target
    }

    /// - Parameter time: seconds since 1970.
    public func sample(at time: Int64) async -> AvailabilitySample {
        let start = ContinuousClock.now
        let answer = try? await client.send(.get(target.path, Reconnaissance.browser), to: target)
        // What drips or breaks off is no answer.
        let isWhole =
            answer.map { $0.ending == .complete || $0.ending == .cutByUs("the body went past our bound") } ?? false
        return AvailabilitySample(
            at: time, status: isWhole ? answer?.status : nil,
            milliseconds: (ContinuousClock.now - start) / .milliseconds(1))
    }
}
