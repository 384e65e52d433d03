@main
struct TradingDeskCommand {
    static func main() {}
}
