/// What is tried first, as rules over a short list of our own: a common word however it is dressed up (digits and marks
/// around it, letters written as digits, written twice) counts as common.
///
/// Passwords of 15 characters hardly ever stand in the published lists of short ones; what people make of those words to
/// reach the length does. A whole list is `identity.password.breached-file`.
enum CommonPasswords {
    /// - Parameter folded: in lower case.
    static func isCommon(_ folded: String) -> Bool {
        let letters = core(folded)
        if letters.isEmpty { return folded.allSatisfy { !$0.isLetter } && folded.count < 20 }
        // Few letters among digits and marks: those are all the same ones.
        return isMadeOfCommonWords(letters) || isMadeOfCommonWords(core(unleet(folded)))
    }

    private static func core(_ text: String) -> String { String(text.filter(\.isLetter)) }

    private static let leet: [Character: Character] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "8": "b", "9": "g",
    ]
    private static func unleet(_ text: String) -> String { String(text.map { leet[$0] ?? $0 }) }

    /// Whether a text is at most two common words, one after the other; a person's own sentence isn't.
    private static func isMadeOfCommonWords(_ text: String, most: Int = 2) -> Bool {
        let text = Array(text)
        guard text.count <= 48 else { return false }
        var reach: [Int?] = [0] + Array(repeating: nil, count: text.count)
        for start in text.indices {
            guard let used = reach[start], used < most else { continue }
            for length in CommonPasswords.lengths where start + length <= text.count {
                guard words.contains(String(text[start..<(start + length)])) else { continue }
                reach[start + length] = min(reach[start + length] ?? .max, used + 1)
            }
        }
        return reach[text.count] != nil
    }

    private static let lengths = Set(words.map(\.count)).sorted()

    private static let words: Set<String> = Set(
        """
        password passwort passwords passphrase motdepasse contrasena senha parola haslo heslo wachtwoord lozinka parool
        admin administrator root user username guest test testing tester demo default changeme changeit change
        welcome willkommen bienvenue letmein login logon signin signup access enter open secret geheim private
        qwerty qwertz azerty asdf asdfgh zxcvbn qazwsx qwe asd zxc wasd
        iloveyou love loveyou loveme lover mylove forever princess prince queen king baby babygirl sunshine sweet honey
        monkey dragon tiger lion eagle falcon phoenix panther wolf bear shark horse dog cat kitty puppy bunny butterfly
        football soccer baseball basketball hockey golf tennis hunter ranger rangers yankees cowboys lakers arsenal
        chelsea liverpool barcelona juventus realmadrid bayern manchester united
        superman batman spiderman ironman pokemon pikachu naruto starwars matrix ninja samurai master mustang ferrari
        porsche mercedes yamaha harley corvette camaro
        summer winter spring autumn fall january february march april may june july august september october november
        december monday tuesday wednesday thursday friday saturday sunday sommer januar juni juli
        michael michelle jennifer jessica jordan thomas robert daniel andrew joshua matthew charlie george ashley nicole
        amanda samantha anthony william joseph david maria anna martin andreas stefan alexander peter paul max ginger
        computer internet windows google facebook youtube twitter instagram linkedin amazon microsoft apple android
        samsung iphone server system network database cisco oracle linux ubuntu debian
        company business office work manager support service hello world hello helloworld goodbye please thankyou
        trustno one nothing whatever freedom america canada england london germany berlin france paris india china
        cookie cheese chocolate banana orange pepper coffee pizza flower rainbow star stars moon sun blue red green black
        white purple silver gold golden diamond magic lucky happy jesus christ god angel angels heaven family friends
        mother father mama papa brother sister
        abc abcd abcde abcdef abcdefg xyz aaa pass word code key pin new my the is me you and your i a am it
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
