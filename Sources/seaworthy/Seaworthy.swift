@main
struct Seaworthy {
    static func main() {}
}
