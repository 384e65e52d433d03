import Kernel

/// The list of stages, compiled once at boot or reload into one array per phase that holds only those which take part.
public final class CompiledPipeline: Sendable {
    struct Entry: Sendable {
        let stage: any StageBox
        /// Place in the list: a response passes only stages that the request reached.
        let position: Int
        /// Place of its control in `controls`.
        let place: Int
        let observes: Bool

        init(stage: any GatewayStage, position: Int) {
            self.stage = Entry.box(stage)
            self.position = position
            place = position + 1
            observes = stage.mode == .observe
        }

        private static func box(_ stage: some GatewayStage) -> any StageBox { StageHolder(stage) }
    }

    /// The stages in list order, those that are `off` left out.
    public let stages: [any GatewayStage]
    let receivers: [Entry]
    /// In reverse order.
    let responders: [Entry]
    let finishers: [Entry]
    /// The engine itself, then every stage. An exchange keeps the place of who is being asked: nothing to count.
    let controls: [ActingControl]
    /// Whether a request's trailer field of this name may pass to the app.
    let keepsTrailer: @Sendable (String) -> Bool

    /// - Parameter keepsTrailer: asked for each trailer field's name; by default none passes.
    public init(_ list: [any GatewayStage], keepsTrailer: @escaping @Sendable (String) -> Bool = { _ in false }) {
        stages = list.filter { $0.mode != .off }
        let entries = stages.enumerated().map { position, stage in
            Entry(stage: stage, position: position)
        }
        let phases = stages.map(\.phases)
        controls = [.engine] + stages.map { ActingControl(name: $0.name, control: $0.control, mode: $0.mode) }
        receivers = entries.filter { phases[$0.position].contains(.receive) }
        responders = entries.filter { phases[$0.position].contains(.respond) }.reversed()
        finishers = entries.filter { phases[$0.position].contains(.finish) }
        self.keepsTrailer = keepsTrailer
    }
}

/// A stage behind one reference: asking it copies nothing, as asking an existential out of an array would.
protocol StageBox: AnyObject, Sendable {
    var name: String { get }
    func receive(_ exchange: inout Exchange) -> Verdict
    func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan
    func finish(_ exchange: borrowing Exchange, _ outcome: Outcome)
}

private final class StageHolder<Stage: GatewayStage>: StageBox {
    private let stage: Stage
    init(_ stage: Stage) { self.stage = stage }

    var name: String { stage.name }
    func receive(_ exchange: inout Exchange) -> Verdict { stage.receive(&exchange) }
    func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        stage.respond(&exchange, &head)
    }
    func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) { stage.finish(exchange, outcome) }
}
