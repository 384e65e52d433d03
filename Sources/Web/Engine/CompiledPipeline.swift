import Kernel

/// The list of stages, compiled once at boot or reload into one array per phase that holds only those which take part.
public final class CompiledPipeline: Sendable {
    struct Entry: Sendable {
        /// Lent by `boxes`, because every holder of a reference is counted, and here that would be for each stage of each
        /// exchange.
        let stage: Unmanaged<StageBox>
        /// Place in the list: a response passes only stages that the request reached.
        let position: Int
        /// Place of its control in `controls`.
        let place: Int
        let observes: Bool

        init(stage: any GatewayStage, in box: StageBox, position: Int) {
            self.stage = .passUnretained(box)
            self.position = position
            place = position + 1
            observes = stage.mode == .observe
        }
    }

    /// The stages in list order, those that are `off` left out.
    public let stages: [any GatewayStage]
    /// What keeps the entries' stages.
    private let boxes: [StageBox]
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
        let stages = list.filter { $0.mode != .off }
        let boxes = stages.map { CompiledPipeline.box($0) }
        self.stages = stages
        self.boxes = boxes
        let entries = stages.indices.map { Entry(stage: stages[$0], in: boxes[$0], position: $0) }
        let phases = stages.map(\.phases)
        controls = [.engine] + stages.map { ActingControl(name: $0.name, control: $0.control, mode: $0.mode) }
        receivers = entries.filter { phases[$0.position].contains(.receive) }
        responders = entries.filter { phases[$0.position].contains(.respond) }.reversed()
        finishers = entries.filter { phases[$0.position].contains(.finish) }
        self.keepsTrailer = keepsTrailer
    }

    private static func box(_ stage: some GatewayStage) -> StageBox { StageHolder(stage) }
}

/// A stage behind one reference: asking it copies nothing, as asking an existential out of an array would.
// @unchecked: abstract; its one heir holds a `Sendable` stage in a `let` and nothing else.
class StageBox: @unchecked Sendable {
    var name: String { "" }
    func receive(_ exchange: inout Exchange) -> Verdict { .proceed }
    func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan { .pass }
    func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {}
}

// @unchecked: as above.
private final class StageHolder<Stage: GatewayStage>: StageBox, @unchecked Sendable {
    private let stage: Stage
    init(_ stage: Stage) { self.stage = stage }

    override var name: String { stage.name }
    override func receive(_ exchange: inout Exchange) -> Verdict { stage.receive(&exchange) }
    override func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        stage.respond(&exchange, &head)
    }
    override func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) { stage.finish(exchange, outcome) }
}
