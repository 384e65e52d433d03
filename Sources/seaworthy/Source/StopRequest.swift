import Dispatch
import Foundation
import Synchronization

/// Whether a signal asked to stop; until `end` none of them ends the process by itself.
final class StopRequest {
    /// What others may ask from any thread.
    final class Flag: Sendable {
        private let asked = Atomic(false)
        var isAsked: Bool { asked.load(ordering: .relaxed) }
        fileprivate func ask() { asked.store(true, ordering: .relaxed) }
    }
    let flag = Flag()
    private let sources: [any DispatchSourceSignal]
    private let numbers: [Int32]

    init(_ numbers: [Int32]) {
        self.numbers = numbers
        let queue = DispatchQueue(label: "seaworthy.stop")
        let flag = flag
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { flag.ask() }
            source.resume()
            return source
        }
    }

    /// Gives the signals their usual meaning back.
    func end() {
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
    }
}
