import Testing

@testable import Proxy

@Suite("The app's figures") struct UpstreamFigureTests {
    @Test("each has a counter of its own", arguments: UpstreamFigure.allCases)
    func counts(figure: UpstreamFigure) {
        let counters = UpstreamCounters()
        counters.set(figure, 4)
        counters.increment(figure)
        var sum = UpstreamSnapshot()
        counters.add(to: &sum)
        counters.add(to: &sum)
        for other in UpstreamFigure.allCases { #expect(sum[other] == (other == figure ? 10 : 0)) }
    }

    @Test("each has a name of its own, with `_total` where it only grows")
    func names() {
        let names = UpstreamFigure.allCases.map(\.metric.name)
        #expect(Set(names).count == names.count)
        for figure in UpstreamFigure.allCases {
            #expect(figure.metric.name.hasSuffix("_total") == !figure.isGauge)
            #expect(figure.metric.help.hasSuffix("."))
        }
    }

    @Test("there is room for all of them")
    func room() { #expect(UpstreamFigure.allCases.count <= UpstreamCounters.room) }
}
