import Gateway
import Kernel
import Testing

@Suite("Reasons and events")
struct EventKindTests {
    @Test("every reason that a capability declares is an event of the registry")
    func reasons() {
        let reasons = Capabilities.all.flatMap(\.reasons)
        #expect(reasons.count > 30)
        for reason in reasons { #expect(EventRegistry.kind(of: reason) != nil, "\(reason.rawValue)") }
    }
}
